"""A short drill in a process of its own, and its end once more without a guard; prints what both found."""

import json
import sys
from contextlib import redirect_stdout

import psycopg

from config.launcher import postgres
from config.launcher.drill.__main__ import own_folder
from config.launcher.drill.drill import Drill, Plan
from config.launcher.drill.faults import Pace, Store
from config.launcher.drill.product import Product, printed

PLAN = Plan(
    seed="7",
    seconds=15,
    pace=Pace(shortest=0.8, longest=1.2, full=2, cut=3),
    clients=4,
    settle=1,
    longer=180,
    bookings=6,
)
WITHOUT = "DROP INDEX one_patient_per_slot"


def main() -> dict[str, object]:
    """What the drill did and found, and what its last comparison finds without the guard of a place."""
    with own_folder() as folder:
        store = Store()
        product = Product()
        try:
            drill = Drill(product, store, folder, PLAN)
            cast = printed("config.launcher.drill.cast")
            report = drill.run(cast)
            with psycopg.connect(postgres.url(postgres.SUPERUSER, postgres.DATABASE)) as connection:
                connection.execute(WITHOUT)
            unguarded = drill.compared(cast)
        finally:
            product.stop()
            store.close()
    return {
        "faults": dict(report.faults),
        "deeds": report.deeds,
        "sent": report.sent,
        "found": report.found,
        "unguarded": unguarded,
    }


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        outcome = main()
    sys.stdout.write(json.dumps(outcome))
