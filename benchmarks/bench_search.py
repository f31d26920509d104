"""How long a search of the whole country takes, beside reading the same rows by their keys."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.search")
