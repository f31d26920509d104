"""How long a matching round takes, beside reading the needs and places that it matches."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.round")
