"""How many bookings a second go through HTTP on distinct places, and what one costs."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.bookings_http")
