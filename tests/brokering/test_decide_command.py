"""`manage.py decide` where the database that a question names does not answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUESTION = {
    "on": "2021-06-01",
    "route": "free_choice",
    "patient": {"home_region": "01", "responsibility": "resident"},
    "care": {"code": "besok-ogon", "form": "open", "level": "specialised", "kind": "first_visit"},
    "clinic": {"care_region": "12", "regime": "own", "publicly_funded": True},
    "referral": None,
    "need_approved_by_home": False,
    "guarantee": "besok",
}
NOBODY_HOME = "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2"


def test_a_question_about_an_unreachable_database_is_refused_and_the_next_one_answered():
    lines = [QUESTION | {"rules": "database"}, QUESTION | {"rules": None}]
    addresses = dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL"), NOBODY_HOME)
    told = subprocess.run(
        [sys.executable, "manage.py", "decide"],
        input="\n".join(map(json.dumps, lines)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | addresses,
        check=False,
    )
    refused, answered = map(json.loads, told.stdout.splitlines())
    assert told.returncode == 2, told.stderr
    assert (refused["error"]["code"], refused["error"]["field"]) == ("rules_unavailable", "rules")
    assert "bookable" in answered
