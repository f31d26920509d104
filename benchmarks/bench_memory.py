"""How much memory each process of the production layout takes."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.memory")
