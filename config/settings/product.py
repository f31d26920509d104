"""The product's own settings: how long things are held, when rounds run, what they may give out."""

from datetime import timedelta

from config.settings.environment import DEBUG, number, text

HOLD_LENGTH = timedelta(minutes=number("HOLD_MINUTES", 10))
"""How long a click keeps a place while the person reads and confirms."""
HOLDS_MOST = number("HOLDS_MOST", 3)
"""How many places a person may hold at once; what others hold for them, as an offer does, is not counted."""
LEFT_HOLD_KEPT = timedelta(seconds=number("LEFT_HOLD_SECONDS", 60))
"""How long a place is kept for somebody who has left its page; a reload or a step back is well within."""
APPROVAL_DAYS = number("APPROVAL_WORKING_DAYS", 3)
"""Within how many working days a home region answers whether a need is approved (ours, not the law's)."""
APPROVAL_KEPT_DAYS = number("APPROVAL_KEPT_WORKING_DAYS", 1)
"""So many working days longer the place is kept, for whoever then sees to the late answer."""
APPROVAL_REMIND_BEFORE = timedelta(hours=number("APPROVAL_REMIND_HOURS", 24))
"""So long before the moment to answer whoever is asked is reminded (ours)."""
OFFER_LENGTH = timedelta(hours=number("OFFER_HOURS", 72))
"""How long an offer keeps its place until the patient answers, in whole days, where the region has decided
nothing."""
OFFER_ATTEMPTS = number("OFFER_ATTEMPTS", 2)
"""How often a patient who does not answer is sought before a letter; a region may decide otherwise."""
OFFER_LETTER_DAYS = number("OFFER_LETTER_DAYS", 7)
"""How long a letter is waited for; a region may decide otherwise."""
OFFER_BATCH = number("OFFER_BATCH", 3)
"""How many patients a place at short notice is offered to at once; a region may decide otherwise."""
LETTER_UNDER_WAY = timedelta(days=number("LETTER_UNDER_WAY_DAYS", 2))
"""No letter is sent that would leave no more time than this: it would come too late."""
NO_REGRETTED_WITHIN = timedelta(minutes=number("NO_REGRETTED_MINUTES", 30))
"""For how long a no by mistake gives the offer back, where nobody else has taken the place."""
OUTCOME_KEPT = timedelta(days=7)
"""How long the outcome of an Idempotency-Key can be looked up."""
OUTCOME_WAIT = timedelta(seconds=number("OUTCOME_WAIT_SECONDS", 5))
"""How long a request waits for another one with the same key; then it is told to come back."""
DELIVERY_ROWS_MAX = number("DELIVERY_ROWS_MAX", 100_000)
"""How many places one file, call or poll may bring."""
BODY_BYTES_MAX = number("BODY_MEGABYTES_MAX", 64) * 1_000_000
"""How large one call with places may be, also once unpacked; 100,000 places are about 25 megabytes."""
FILE_BYTES_MAX = number("FILE_MB_MAX", 20) * 1_000_000
"""How large a file anyone may send; more is not even stored."""
FILE_UNPACKED_MAX = number("FILE_UNPACKED_MB_MAX", 80) * 1_000_000
"""How large an Excel file of times may be unpacked; 100,000 rows are about half of it."""
FILE_APPLIED_AT_ONCE = number("FILE_APPLIED_AT_ONCE", 5_000)
"""Up to so many rows of a file are published while the sender waits; a worker publishes more."""
STAGED_KEPT = timedelta(days=1)
"""How long the rows of a file or poll can be looked at; those of a call are kept as long as its key."""
SHORT_NOTICE = timedelta(days=number("SHORT_NOTICE_DAYS", 7))
"""A place that starts sooner than this opens to everyone at once, without waiting for a round."""
INVITATION_ANSWER = timedelta(minutes=number("INVITATION_MINUTES", 60))
"""How long those have to answer who are asked about a freed place at short notice: at most half of the time
that is left until the visit, and after a night from when they can be told."""
KM_AS_A_DAY = number("KM_AS_A_DAY", 10)
"""In a list by time and distance together, so many kilometres count as much as one day later (published)."""
WATCHES_MOST = number("WATCHES_MOST", 10)
"""How many searches a person may watch at once."""
WATCH_LENGTH = timedelta(days=number("WATCH_DAYS", 90))
"""How long a search is watched."""
LIVE_PULSE = timedelta(seconds=number("LIVE_PULSE_SECONDS", 20))
"""How often an open screen's rights are checked again and it is told where its topics are."""
AGREEMENT_REMINDER_DAYS = number("AGREEMENT_REMINDER_DAYS", 365)
"""How many days ahead a region is reminded of an agreement's end and of an option: a procurement takes 4–12
months (regional procurement plans, 2021)."""
DEMO_LOGINS_SHOWN = DEBUG
DEMO_PASSWORD = "vardbryggan"
"""Password of every demo login; they exist only where the demo has been loaded."""

MATCH_NOTICE = timedelta(days=number("MATCH_NOTICE_DAYS", 4))
"""A round gives out no place sooner than this: the patient must have time to answer and to come."""
MATCH_HORIZON = timedelta(weeks=13)
"""How far ahead a round looks."""
MATCH_WITHIN_CLASS = text("MATCH_WITHIN_CLASS", "rescuable_first")
"""Who goes first within a need class: rescuable_first or longest_waiting_first (published)."""
ROUND_EVERY = timedelta(minutes=number("ROUND_MINUTES", 10))
"""How often a matching round over the country begins, if the one before has ended."""
ROUND_OFFERS_MAX = number("ROUND_OFFERS_MAX", 20)
"""How many offers a round sends for a care, highest need first; the other proposals stay unsaid and are
matched anew in the next round, so that clinics and patients are not flooded."""
ROUND_EXACT_MOST = number("ROUND_EXACT_MOST", 20_000)
"""Up to how many who wait every round is the best by the order of choices, and proven: it takes seconds."""
ROUND_ENGINE = text("ROUND_ENGINE", "auction")
"""By which engine a round is solved where more wait (auction: near the best, keeps to what it can of the
plan; greedy: sooner, fewer in time; exact). Freed places are given out greedily in between, in any case."""
ROUND_NIGHT = (number("ROUND_NIGHT_FROM", 1), number("ROUND_NIGHT_TO", 5))
"""From and to which Swedish hour such a country has one exact round a night, as soon as no other one runs."""
ROUND_EXACT_SECONDS = number("ROUND_EXACT_SECONDS", 600)
"""How long the exact engine takes for a care at most; then its best plan stands, and what is proven."""
ROUND_WORKERS = number("ROUND_WORKERS", 2)
"""How many workers share a round over the country: it is cut into shards for so many."""
ROUND_STORE_KEPT = timedelta(days=number("ROUND_STORE_DAYS", 3))
"""How long the input of a round is kept, so that it can be solved again; about 50 megabytes a round over the
country. 0: not at all."""
ROUND_PROPOSALS_KEPT = timedelta(hours=number("ROUND_PROPOSALS_HOURS", 6))
"""How long the proposals of a round stay once a later one has overtaken it; those that were offered stay."""
LEDGER_KEPT = timedelta(days=number("LEDGER_DAYS", 1096))
"""How long the deviation ledger tells of a place after it was given: three years (ours, not the law's). What
nobody has explained stays until somebody has."""
ROUND_RESUMED_AFTER = timedelta(minutes=number("ROUND_RESUMED_MINUTES", 5))
"""When a round over the country that nobody has finished is taken up again."""
NEED_CONFIRMED_WITHIN = timedelta(days=number("NEED_CONFIRMED_DAYS", 730))
"""Who was entered, or last said that the care is needed, longer ago than this is asked before anything is
given out to them (SOU 2021:59: more than two years)."""
REROUTE_LEAD_DAYS = number("REROUTE_LEAD_DAYS", 30)
"""How many days before the guarantee's last day a region without a policy of its own starts looking."""
LOOK_EVERY = timedelta(days=number("LOOK_EVERY_DAYS", 30))
"""A need that waits is looked at by the region's watch at least this often, whatever its clock says."""
REROUTE_NOTICE = timedelta(days=number("REROUTE_NOTICE_DAYS", 3))
"""A region books nobody at shorter notice than this without asking the patient first."""

PROBE_EVERY = timedelta(hours=number("PROBE_HOURS", 24))
"""How often it is tried whether an advertised place can be held."""
PROBE_HIDDEN_EVERY = timedelta(minutes=number("PROBE_HIDDEN_MINUTES", 15))
"""How soon a place that could not be held is tried again."""
PROBE_MOST = number("PROBE_MOST", 500)
"""How many places one run (every minute) tries at most; as a rule it tries its even share of the day."""
WEEK_PLACES_MOST = 500
"""How many places without a named time a clinic may state for one care and week."""
