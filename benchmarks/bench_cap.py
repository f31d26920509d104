"""Whether a cap of N lets exactly N of ten times as many people in."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.races", measure="measure_cap")
