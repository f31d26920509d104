"""For faces that start what the schedule starts anyway."""

import structlog
from celery import Task
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def begun(task: Task, *args: str) -> bool:
    """For a face that starts what the schedule starts anyway: whether Valkey could be told of it now."""
    try:
        task.delay(*args)
    except OperationalError as error:
        log.warning("task not begun", task=task.name, why=type(error).__name__)
        return False
    return True
