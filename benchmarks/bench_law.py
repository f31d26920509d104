"""How long the law takes for one question: `decide` and `clock`, beside reading the same question as JSON."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import product
from statistics import median
from time import perf_counter
from typing import Any

from brokering.law.clock import state
from brokering.law.clock_questions import read_clock
from brokering.law.decision import decide
from brokering.law.questions import read_question
from brokering.law.reading import Catalogue
from brokering.law.rulebook import RuleBook
from contracts.reference import read_completeness, read_referral_rules
from providers.reference import read_cares, read_regions

ON = date(2021, 6, 1)
ISSUED = date(2021, 1, 1)
ROUNDS, REPEATS = 15, 10
MICRO = 1e6
FORMS = {"open": "open", "inpatient": "inpatient", "inpatient_or_day": "open"}


def main() -> None:
    """One JSON object a line: the median over all questions of the best time of each."""
    catalogue = Catalogue(
        regions=frozenset(row.code for row in read_regions()),
        areas={row.code: row.area for row in read_cares()},
    )
    rules = RuleBook(read_referral_rules(), read_completeness())
    decisions = [json.dumps(one) for one in booking_questions()]
    facts = [read_question(json.loads(text), catalogue).facts for text in decisions]
    tell("law.decide", (partial(decide, one, rules) for one in facts), decisions)
    clocks = [json.dumps(one) for one in clock_questions()]
    questions = [read_clock(json.loads(text), catalogue) for text in clocks]
    tell("law.clock", (partial(state, one) for one in questions), clocks)


def tell(name: str, asked: Iterable[Callable[[], object]], texts: list[str]) -> None:
    """Measure, and print one line."""
    value = median(fastest(call) for call in asked)
    reference = median(fastest(partial(json.loads, text)) for text in texts)
    line = {
        "name": name,
        "value": round(value * MICRO, 2),
        "unit": "microseconds a question",
        "reference": "json.loads of the same question",
        "reference_value": round(reference * MICRO, 2),
        "ratio": round(value / reference, 2),
        "size": len(texts),
    }
    print(json.dumps(line))


def fastest(call: Callable[[], object]) -> float:
    """Seconds of one call, the best of several rounds: what else runs only ever adds."""
    return min(_round(call) for _ in range(ROUNDS))


def _round(call: Callable[[], object]) -> float:
    begun = perf_counter()
    for _ in range(REPEATS):
        call()
    return (perf_counter() - begun) / REPEATS


def booking_questions() -> Iterator[dict[str, Any]]:
    """Every care of the catalogue on every route from Västernorrland, with and without a remiss."""
    remiss = {
        "issued_on": "2021-05-01",
        "issuer": "allmanlakare",
        "issuer_region": "22",
        "extras": [],
    }
    for care, (route, region), referral in product(read_cares(), ROUTES, (None, remiss)):
        yield {
            "on": ON.isoformat(),
            "route": route,
            "patient": {
                "home_region": "22",
                "responsibility": "resident",
                "birth_date": "1980-05-17",
            },
            "care": {
                "code": care.code,
                "form": FORMS[care.form],
                "level": care.level,
                "kind": care.kind,
            },
            "clinic": {"care_region": region, "regime": "lou", "publicly_funded": True},
            "referral": referral,
            "need_approved_by_home": False,
            "guarantee": care.guarantee if care.guarantee in ("besok", "behandling") else None,
            "rules": None,
        }


ROUTES = (
    ("own_region", "22"),
    ("free_choice", "01"),
    ("guarantee_reroute", "14"),
    ("inpatient_choice", "12"),
)


def clock_questions() -> Iterator[dict[str, Any]]:
    """Clocks of both guarantees with none to eight events, asked on days of half a year."""
    told = [
        {"type": "informed", "on": "2021-01-04"},
        {"type": "medical_pause_start", "on": "2021-01-10"},
        {"type": "medical_pause_end", "on": "2021-01-20"},
        {"type": "offered", "on": "2021-02-01", "care_on": "2021-03-01"},
        {"type": "declined", "on": "2021-02-02"},
        {"type": "regretted", "on": "2021-02-10"},
        {"type": "free_choice_elsewhere", "on": "2021-03-01"},
        {"type": "regretted", "on": "2021-03-08"},
    ]
    for kind, events, days in product(("besok", "behandling"), range(9), range(0, 180, 12)):
        yield {
            "kind": kind,
            "start": {"referral_issued_on": "2021-01-01", "decided_on": "2021-01-01"},
            "region": "13",
            "events": told[:events],
            "on": (ISSUED + timedelta(days=days)).isoformat(),
        }


if __name__ == "__main__":
    main()
