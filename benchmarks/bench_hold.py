"""How long it takes to hold and to release a place, beside a bare insert with its commit."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.hold")
