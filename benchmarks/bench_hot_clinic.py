"""How many bookings a second one clinic takes whose places share a volume cap."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.bookings_http", measure="measure_hot")
