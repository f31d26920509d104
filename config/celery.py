"""The Celery application, its queues and the beat schedule: one name, one table each."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta

from celery import Celery
from celery import Task as AnyTask
from celery.signals import worker_process_init
from django.conf import settings
from django.db import close_old_connections
from kombu import Queue

from config.settling import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Django's checks read every face of the product, which a worker has no use for; `make check` asks them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")


class Task(AnyTask):
    """Background work; begins with connections that still lead to the database."""

    def before_start(
        self, _id: str, _args: Sequence[object], _kwargs: Mapping[str, object]
    ) -> None:
        """As at the beginning of a request: CELERY_DB_REUSE_MAX keeps also connections that have died."""
        close_old_connections()


app = Celery("vardbryggan", task_cls=Task)
# In every thread, also where somebody has asked for a task before this was read.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect(dispatch_uid="settle")
def begin(**_said: object) -> None:
    """A worker's process has loaded the product."""
    settle()


QUEUES = ("live", "rounds", "feeds", "messages", "upkeep")
"""live: someone waits for the result; rounds: matching, and what else takes minutes;
feeds: publishers' files, as slow as their servers;
messages: what patients are told, as slow as mail servers; upkeep: tidying that may be late."""

app.conf.task_queues = [Queue(name) for name in QUEUES]
app.conf.task_default_queue = "upkeep"
app.conf.task_routes = {
    "brokering.tasks.run_round": {"queue": "rounds"},
    "brokering.round_tasks.run_national_round": {"queue": "rounds"},
    "brokering.round_tasks.match_shard": {"queue": "rounds"},
    "brokering.round_tasks.offer_together": {"queue": "rounds"},
    "brokering.tasks.rematch_freed": {"queue": "live"},
    "providers.tasks.publish_delivery": {"queue": "live"},
    "providers.tasks.poll_feed": {"queue": "feeds"},
    "brokering.tasks.publish_free_times": {"queue": "rounds"},
    "insight.tasks.make_forecasts": {"queue": "rounds"},
    "brokering.tasks.look_at_given_places": {"queue": "rounds"},
    "brokering.tasks.forget_old_bypasses": {"queue": "rounds"},
    "brokering.tasks.send_messages": {"queue": "messages"},
}
# What somebody waits for never expires: a worker takes the oldest of each queue in turn; once it is behind it
# would throw away one after the other and do none. A run that finds nothing to do takes milliseconds.
app.conf.beat_schedule = {
    "matching rounds": {
        "task": "brokering.round_tasks.run_national_round",
        "schedule": settings.ROUND_EVERY,
    },
    "two times that are given together": {
        "task": "brokering.round_tasks.offer_together",
        "schedule": settings.ROUND_EVERY,
    },
    "rounds over the country that stopped half-way": {
        "task": "brokering.round_tasks.resume_national_rounds",
        "schedule": timedelta(minutes=1),
    },
    "last days in time that have moved": {
        "task": "brokering.round_tasks.work_out_turns",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "what is kept of rounds for a time": {
        "task": "brokering.round_tasks.forget_old_rounds",
        "schedule": timedelta(hours=1),
    },
    "whom given places went past": {
        "task": "brokering.tasks.look_at_given_places",
        "schedule": timedelta(minutes=1),
    },
    "lapsed claims and offers": {
        "task": "brokering.tasks.sweep",
        "schedule": timedelta(seconds=20),
    },
    "places that became free": {
        "task": "brokering.tasks.rematch_freed",
        "schedule": timedelta(seconds=5),
    },
    "messages that wait": {
        "task": "brokering.tasks.send_messages",
        "schedule": timedelta(seconds=10),
    },
    "reminders, silence, receipts that never came": {
        "task": "brokering.tasks.watch_messages",
        "schedule": timedelta(minutes=10),
    },
    "offers that nobody has answered": {
        "task": "brokering.tasks.seek_answers",
        "schedule": timedelta(minutes=5),
    },
    "answers that are late": {
        "task": "brokering.tasks.watch_approvals",
        "schedule": timedelta(seconds=30),
    },
    "searches that are watched": {
        "task": "brokering.tasks.look_for_watchers",
        "schedule": timedelta(seconds=20),
    },
    "guarantees at risk": {
        "task": "brokering.tasks.watch_guarantees",
        "schedule": timedelta(hours=1),
    },
    "first times to expect": {
        "task": "insight.tasks.make_forecasts",
        # The first run of a day counts; the others find what it missed.
        "schedule": timedelta(hours=3),
    },
    "free times of the country": {
        "task": "brokering.tasks.count_free_times",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "free times for others": {
        "task": "brokering.tasks.publish_free_times",
        "schedule": settings.PUBLICATION_EVERY,
    },
    "rows of old deliveries": {
        "task": "providers.tasks.forget_staged_rows",
        "schedule": timedelta(hours=1),
    },
    "publishers' feeds": {
        "task": "providers.tasks.poll_due_feeds",
        "schedule": timedelta(seconds=15),
    },
    "places that become too old": {
        "task": "providers.tasks.watch_freshness",
        "schedule": timedelta(seconds=30),
    },
    "publishers' word": {
        "task": "providers.tasks.measure_publishers",
        "schedule": timedelta(hours=1),
    },
    "probes of advertised places": {
        "task": "brokering.tasks.probe_places",
        "schedule": timedelta(minutes=1),
    },
    "agreements that end": {
        "task": "contracts.tasks.watch_agreements",
        "schedule": timedelta(hours=6),
    },
    "sessions that have ended": {
        "task": "accounts.tasks.forget_ended_sessions",
        "schedule": timedelta(minutes=5),
    },
    "what the deviation ledger tells of for a time": {
        "task": "brokering.tasks.forget_old_bypasses",
        "schedule": timedelta(hours=6),
    },
    "old outcomes and changes": {
        "task": "brokering.tasks.forget_old",
        "schedule": timedelta(hours=6),
    },
}
