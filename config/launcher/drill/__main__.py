"""`make drill`: start the product, load it, hurt it, then ask everybody what they know."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.launcher.drill.drill import Drill, Plan, Report
from config.launcher.drill.faults import Store
from config.launcher.drill.product import Product, printed
from config.launcher.errors import told
from config.launcher.places import SHARED_TEMPORARY
from config.launcher.steps import say, step

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = ("DATABASE", "REDIS_URL", "VARDBRYGGAN", "SECRET_KEY", "IDENTITY_KEYS", "DEBUG")


def drilled(folder: Path, plan: Plan) -> Report:
    """A drill on a product of its own."""
    store = Store()
    try:
        with step("Product with demo Sweden"):
            product = Product()
        try:
            with step("People and clinics"):
                cast = printed("config.launcher.drill.cast")
            say(f"Seed {plan.seed}; disk of Valkey: {store.way}; faults: {folder}/faults.jsonl")
            return Drill(product, store, folder, plan).run(cast)
        finally:
            product.stop()
    finally:
        store.close()


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that goes when nothing was found; otherwise it stays, to be looked into."""
    folder = Path(tempfile.mkdtemp(prefix="vardbryggan-drill-", dir=SHARED_TEMPORARY))
    folder.chmod(0o755)
    for name in list(os.environ):
        if name.startswith(FOREIGN):
            del os.environ[name]
    os.environ["VARDBRYGGAN_DATA"] = str(folder)
    yield folder
    if not os.environ.get("DRILL_KEPT"):
        shutil.rmtree(folder, ignore_errors=True)


def main(_argv: list[str]) -> int:
    """1 when anything was found; MINUTES, SEED, DRILL_KEPT=1 (keep the folder) come from outside."""
    minutes = float(os.environ.get("MINUTES", "3"))
    seed = os.environ.get("SEED") or str(random.randrange(1_000_000))
    with own_folder() as folder:
        report = drilled(folder, Plan(seed, minutes * 60))
        _tell(report)
        if report.found:
            os.environ["DRILL_KEPT"] = "1"
            say(f"Logs, faults and ledger: {folder}; the same faults again: SEED={seed} make drill")
        say(f"{len(report.found)} findings in {minutes:g} minutes.")
    return int(bool(report.found))


def _tell(report: Report) -> None:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(report.faults.items()))
    say(f"{report.faults.total()} faults: {faults}.")
    say(f"{report.sent} requests sent for {report.deeds} changes that somebody wanted.")
    known = ", ".join(f"{count} {what}" for what, count in sorted(report.unknown.items()))
    say(
        f"Unknown to whoever had asked: {report.unknown.total()}; by their keys: {known or 'none'}."
    )
    for one in report.found:
        say(f"FOUND {one}")


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
