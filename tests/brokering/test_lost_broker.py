"""With Valkey gone no face answers with an error of its own: what is to run later runs by the schedule."""

import ast
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from accounts.roles import Role
from brokering.tasks import run_round
from brokering.tasks.national import run_national_round
from config.celery import app
from config.launcher.places import ROOT
from tests.factories import EYES, a_region, staff

NOBODY_LISTENS = "redis://127.0.0.1:1/0"
STARTING = frozenset({"delay", "apply_async", "send_task"})
FACES = [
    path
    for room in ("views", "api", "fhir", "actions", "selectors", "forms", "templatetags")
    for path in sorted(ROOT.glob(f"[a-z]*/{room}/**/*.py"))
]
TASKS = sorted([*ROOT.glob("[a-z]*/*tasks.py"), *ROOT.glob("[a-z]*/tasks/*.py")])


@pytest.fixture
def lost(monkeypatch):
    """A broker at an address where nothing is."""
    monkeypatch.setattr(app.conf, "broker_write_url", NOBODY_LISTENS)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    yield
    monkeypatch.undo()


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def starts(tree: ast.AST) -> list[ast.Call]:
    """Every call that puts a task on a queue."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in STARTING
    ]


def guarded(tree: ast.AST) -> list[ast.Call]:
    """Those of them that stand in a robust `on_commit`, or in a `try`."""
    found: list[ast.Call] = []
    for node in ast.walk(tree):
        robust = isinstance(node, ast.Call) and any(one.arg == "robust" for one in node.keywords)
        if robust or isinstance(node, ast.Try):
            found += starts(node)
    return found


def test_nothing_that_answers_somebody_puts_a_task_on_a_queue_itself():
    assert len(FACES) > 200
    assert [path for path in FACES if starts(read(path))] == []


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.parent.name)
def test_a_task_is_put_on_a_queue_by_another_task_or_under_a_guard(path: Path):
    tree = read(path)
    safe = guarded(tree)
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        is_task = any("shared_task" in ast.unparse(one) for one in function.decorator_list)
        loose = [call for call in starts(function) if call not in safe]
        assert is_task or not loose, function.name


def test_this_broker_is_really_lost(lost):
    with pytest.raises(OperationalError):
        run_round.delay(EYES)


def test_a_round_that_cannot_be_started_is_said_to_be_so(database, lost):
    client = Client()
    client.force_login(staff(Role.NAVIGATOR, a_region("01").tenant))
    answer = client.post(reverse("round_start"), {"vard": EYES, "key": str(uuid4())}, follow=True)
    assert answer.status_code == 200
    assert "kunde inte startas nu" in answer.content.decode()


def test_who_asks_for_files_that_are_not_written_is_asked_to_come_back(
    database, lost, settings, tmp_path
):
    settings.PUBLICATION_FOLDER = tmp_path
    assert Client().get("/fhir/$bulk-publish").status_code == 503


def test_the_schedule_starts_rounds_by_itself():
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert run_national_round.name in planned
