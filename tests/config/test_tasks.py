"""Background work goes on after the database was away."""

from django.db import OperationalError, connection

from brokering.tasks import look_for_watchers
from config.celery import app
from tests.baseline import superuser
from tests.servers import own_database


def lose_the_connection() -> None:
    """The server ends this process's connection, as when it is restarted."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    with superuser(own_database()) as server:
        server.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_task_that_finds_its_connection_dead_gets_another_one(database):
    lose_the_connection()
    assert look_for_watchers.apply().successful()


def test_without_looking_first_the_task_fails(database, monkeypatch):
    monkeypatch.setattr(look_for_watchers, "before_start", lambda *said: None)
    lose_the_connection()
    done = look_for_watchers.apply()
    assert isinstance(done.result, OperationalError)
    connection.close()


def test_every_task_looks_first():
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert ours
    assert {type(task).before_start for task in ours} == {app.Task.before_start}
