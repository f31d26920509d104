"""The greedy engine and the auction at the size of the country; needs no database."""

from benchmarks.matching_greedy import measure

if __name__ == "__main__":
    measure()
