"""How long a matching round over the whole country takes, database to database, engine by engine."""

from benchmarks.national import on_nation

if __name__ == "__main__":
    on_nation("benchmarks.match_national")
