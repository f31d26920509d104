"""How soon a thousand open screens agree with the database after Valkey was killed."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.live_recovery")
