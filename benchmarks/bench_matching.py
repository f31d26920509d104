"""The exact engine beside the greedy one, HiGHS and OR-tools; needs no database."""

from benchmarks.matching_exact import measure

if __name__ == "__main__":
    measure()
