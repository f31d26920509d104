"""Processes that answer people leave what they loaded out of the search for garbage."""

import gc
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from celery.signals import worker_process_init

from config import celery, gunicorn


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize(
    "start",
    [
        lambda: worker_process_init.send(sender=celery.app),
        lambda: gunicorn.post_worker_init(SimpleNamespace(log=logging.getLogger())),
    ],
    ids=["worker", "web"],
)
def test_a_process_that_starts_settles(start: Callable[[], None]) -> None:
    start()
    assert gc.get_freeze_count() > 1000
