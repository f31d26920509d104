"""Background work goes on after the database was away, and nobody waits behind what takes long."""

from django.db import OperationalError, connection

from brokering.tasks import look_for_watchers
from config.celery import QUEUES, app
from config.launcher.processes import WORKERS
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


def test_every_queue_is_somebodys_and_nobody_waits_behind_what_takes_long():
    queues = [queue for some in WORKERS.values() for queue in some.split(",")]
    assert sorted(queues) == sorted(QUEUES)
    assert not {"live", "messages", "upkeep"} & set(WORKERS["rounds"].split(","))


def test_what_somebody_waits_for_never_expires():
    """A worker that is behind takes the oldest first: it would throw away each and do none."""
    waited_for = {
        entry["task"]: entry.get("options", {})
        for entry in app.conf.beat_schedule.values()
        if app.conf.task_routes.get(entry["task"], {}).get("queue") in {"live", "messages"}
    }
    assert "brokering.tasks.send_messages" in waited_for
    assert [task for task, options in waited_for.items() if "expires" in options] == []
