"""How soon an offer of a place that opens is on a screen, and whether a stream of them is kept up with."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.freed")
