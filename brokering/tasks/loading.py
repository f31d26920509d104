"""What a worker's process loads before anybody waits for it."""

from collections.abc import Collection
from threading import Thread

from celery import current_app
from celery.signals import worker_process_init

from brokering.matching.engines import Engine, load

LIVE = "live"
"""The queue of what somebody waits for; freed places are matched by whoever works at it."""


@worker_process_init.connect(dispatch_uid="load what freed places are matched with")
def _begin(**_said: object) -> None:
    load_for(current_app.amqp.queues.consume_from)


def load_for(queues: Collection[str]) -> Thread | None:
    """Begin to load the engine that freed places are matched with, where they are; None elsewhere.

    Half a second from its folder, which the first offer would wait for otherwise. Work may begin meanwhile.
    """
    if LIVE not in queues:
        return None
    thread = Thread(target=load, args=(Engine.GREEDY,), daemon=True)
    thread.start()
    return thread
