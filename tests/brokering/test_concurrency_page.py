"""The page on concurrency names guards and tests that there are, and leaves no guard without a race."""

import re

from django.db import connection

from config.launcher.places import ROOT

PAGE = (ROOT / "docs" / "concurrency.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
FILES = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    table = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_test_that_the_page_names_is_there():
    named = NAMED.findall(PAGE)
    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in FILES[file].read_text("utf-8"), test


def test_every_guard_has_a_race_and_its_negative_control():
    guards = rows("How each guard is shown to hold")
    assert len(guards) >= 10
    for scarce, assumes, race, control in guards:
        assert assumes, scarce
        assert NAMED.search(race), scarce
        assert NAMED.search(control), scarce
        assert race != control, scarce


def test_every_constraint_that_the_page_names_is_in_the_database(database):
    named = {
        name for _, guard, _ in rows("What is scarce") for name in re.findall(r"`(\w+_\w+)`", guard)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class UNION SELECT conname FROM pg_constraint"
            " UNION SELECT tgname FROM pg_trigger"
        )
        assert named <= {name for (name,) in cursor.fetchall()}
    assert "one_patient_per_slot" in named
