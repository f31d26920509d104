"""How many places a second come in by a call and by a feed, beside the same rows without either."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.publish")
