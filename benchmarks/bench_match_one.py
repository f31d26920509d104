"""How long one free place takes to find whoever comes first and be offered to them, in a whole country."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.match_one")
