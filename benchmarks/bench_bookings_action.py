"""How many bookings a second the actions make, beside the same statements by psycopg and by pgbench."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.bookings_action")
