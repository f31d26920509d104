"""Scheduled and background work, a module a subject.

On the queues each is `brokering.tasks.NAME`, and those of rounds over the country
`brokering.round_tasks.NAME`.
"""

from brokering.tasks.answers import seek_answers, watch_approvals
from brokering.tasks.chains import offer_together, together_now
from brokering.tasks.ended import forget_old, sweep
from brokering.tasks.freed import (
    asked_about,
    match_again,
    rematch_freed,
    rematch_when_committed,
    rematched_together,
)
from brokering.tasks.guarantees import watch_guarantees
from brokering.tasks.ledger import look_at_given_places
from brokering.tasks.loading import load_for
from brokering.tasks.market import (
    count_free_times,
    look_for_watchers,
    probe_places,
    publish_free_times,
    tell_watchers,
)
from brokering.tasks.messages import send_messages, watch_messages
from brokering.tasks.national import (
    forget_old_rounds,
    match_shard,
    resume_national_rounds,
    run_national_round,
    work_out_turns,
)
from brokering.tasks.rounds import (
    matched,
    offer_round,
    offered,
    offers_of,
    run_round,
)
from brokering.tasks.starting import begun

__all__ = [
    "asked_about",
    "begun",
    "count_free_times",
    "forget_old",
    "forget_old_rounds",
    "load_for",
    "look_at_given_places",
    "look_for_watchers",
    "match_again",
    "match_shard",
    "matched",
    "offer_round",
    "offer_together",
    "offered",
    "offers_of",
    "probe_places",
    "publish_free_times",
    "rematch_freed",
    "rematch_when_committed",
    "rematched_together",
    "resume_national_rounds",
    "run_national_round",
    "run_round",
    "seek_answers",
    "send_messages",
    "sweep",
    "tell_watchers",
    "together_now",
    "watch_approvals",
    "watch_guarantees",
    "watch_messages",
    "work_out_turns",
]
