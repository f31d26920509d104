"""How many offers a second are sent and accepted, beside the same statements alone."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.offers")
