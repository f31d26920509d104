"""Whether one of five hundred who want the same place gets it, a hundred times over."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.races", measure="measure_one_slot")
