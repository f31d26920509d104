"""How long a search takes among two million free times, beside the bare SQL of its page."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.search_national")
