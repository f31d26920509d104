"""The named cases of the region's duty, of late cancellations and of residence."""

import tomllib
from datetime import date, datetime
from typing import Any

import pytest

from brokering.law.cancellations import cancel_reasons, is_late
from brokering.law.clock import ClockKind, ClockQuestion, ClockStart, state
from brokering.law.duty import Outlook, trigger
from brokering.law.facts import PatientFacts
from brokering.law.residency import Exchange, may_exchange
from tests.law.golden import CASES, nulled

DUTIES = tomllib.loads((CASES / "duties.toml").read_text(encoding="utf-8"))["case"]


def duty(*, clock: dict[str, str], on: str, **known: Any) -> str | None:
    day = date.fromisoformat(on)
    start = ClockStart(**{name: date.fromisoformat(said) for name, said in clock.items()})
    asked = ClockQuestion(kind=ClockKind.BESOK, start=start, region="08", on=day, events=())
    dates = {
        name: date.fromisoformat(known[name]) for name in ("forecast", "booked_on") if name in known
    }
    return trigger(state(asked), Outlook(on=day, **{**known, **dates}))


def late(*, planned_on: str, cancelled_at: str) -> bool:
    return is_late(
        planned_on=date.fromisoformat(planned_on), cancelled_at=datetime.fromisoformat(cancelled_at)
    )


def cancellation(*, reason: str, on: str) -> dict[str, bool | None]:
    found = cancel_reasons()[reason]
    avoidable = found.is_avoidable(date.fromisoformat(on))
    return {"avoidable": avoidable, "frees_capacity": found.frees_capacity}


def exchange(*, on: str, birth_date: str) -> dict[str, Any]:
    visitor = PatientFacts("08", birth_date=date.fromisoformat(birth_date))
    visit = Exchange(on=date.fromisoformat(on), patient=visitor, home_has_permit=False)
    admitted = may_exchange(visit)
    return {"allowed": admitted.allowed, "payer": admitted.payer}


ASKED = {one.__name__: one for one in (duty, late, cancellation, exchange)}


@pytest.mark.parametrize("case", DUTIES, ids=[case["sentence"] for case in DUTIES])
def test_duty_cancellation_and_residence(case: dict[str, Any]) -> None:
    assert ASKED[case["kind"]](**case["given"]) == nulled(case["expect"])


def test_every_one_of_these_cases_has_a_source_and_a_sentence_of_its_own() -> None:
    assert len({case["sentence"] for case in DUTIES}) == len(DUTIES)
    assert all(case["source"] for case in DUTIES)
