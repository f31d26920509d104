"""`decide` and `clock` on the command line: a line in, a line out, in order, without any server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.law.test_questions import CLOCK, QUESTION

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def run(command: str, lines: bytes) -> tuple[list[Any], int]:
    """Answers and exit status, with a database that cannot be reached."""
    environment = {**os.environ, "DATABASE_URL": NOWHERE, "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env=environment,
        input=lines,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_decide_answers_every_line_in_order_and_tells_of_a_bad_one_by_its_status() -> None:
    shipped = json.dumps({**QUESTION, "rules": None}).encode()
    bad = [b"{not json", b"[1]", b'{"on": NaN}', b"\xff\xfe", b"[" * 100_000]
    answers, status = run("decide", b"\n".join([shipped, b"", b"  ", *bad, shipped]))
    assert [answer.get("bookable") for answer in answers] == ["yes", *[None] * len(bad), "yes"]
    assert {answer["error"]["code"] for answer in answers[1:-1]} == {"invalid_json"}
    assert answers[1]["error"].keys() == {"code", "field", "detail"}
    assert status == 2


def test_clock_ends_well_when_every_line_was_read() -> None:
    answers, status = run("clock", json.dumps(CLOCK).encode() + b"\r\n")
    assert answers[0]["due"] == "2021-04-01"
    assert status == 0


def test_nothing_asked_is_nothing_answered() -> None:
    assert run("decide", b"") == ([], 0)
