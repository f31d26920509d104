"""Two readings of the law, written apart from each other, give the same answer to every question."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokering.law.errors import RouteMismatch
from brokering.management.commands import decide
from tests.law.examples import tried
from tests.law.plain_decide import decided, mismatched

DAYS = ["2021-02-27", "2021-02-28", "2021-03-01", "2021-03-02", "2021-03-31"]
AREAS = {
    "besok-hud": "hud",
    "besok-bup": "bup",
    "beh-psykoterapi": "psykiatri",
    "utr-npu": "psykiatri",
    "us-obstetriskt-ultraljud": "kvinno",
    "ms-mr": "bild",
}
REGIONS = ["06", "08"]
REGIMES = ["own", "own", "lol", "lol", "lou", "lov", "lof", "private"]
FORMS = ["open", "inpatient"]
ISSUERS = ["elevhalsa", "tandlakare"]
EXTRAS = ["psykologbedomning", "provsvar"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


def one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


ROWS = st.fixed_dictionaries(
    {"region": one(*REGIONS)},
    optional={
        "form": one(*FORMS),
        "age_min": one(2, 18),
        "age_max": one(17, 18),
        "regime": one("own", "lol"),
        "site": one("A", "B"),
        "accepted_issuers": some(ISSUERS),
        "extra_requirements": some(EXTRAS),
        "required": st.booleans(),
        "valid_from": one(*DAYS[:3]),
        "valid_to": one(*DAYS[1:]),
    },
)
REFERRALS = st.fixed_dictionaries(
    {
        "issued_on": one(*DAYS),
        "issuer": one(*ISSUERS),
        "issuer_region": one(*REGIONS),
        "extras": some(EXTRAS),
    }
)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    code = draw(one(*AREAS))
    rows = draw(st.lists(ROWS, max_size=4))
    return {
        "on": draw(one(*DAYS)),
        "route": draw(one("own_region", "free_choice", "guarantee_reroute", "inpatient_choice")),
        "patient": draw(patients()),
        "care": {"code": code, **draw(CARES)},
        "clinic": draw(CLINICS),
        "referral": draw(st.none() | REFERRALS),
        "need_approved_by_home": draw(st.booleans()),
        "guarantee": draw(one(None, "besok", "behandling")),
        "rules": {"rows": [{"care": code, **row} for row in rows], "complete": draw(some(REGIONS))},
    }


def patients() -> st.SearchStrategy[dict[str, Any]]:
    responsible = ["resident", "protected_registration", "eu_883", "student_abroad", "none"]
    born = [None, "2003-02-28", "2003-03-01", "2003-03-02", "2002-03-01", "2019-03-01"]
    return st.fixed_dictionaries(
        {
            "home_region": one(*REGIONS, *REGIONS, None),
            "responsibility": one(*responsible),
            "birth_date": one(*born),
        }
    )


CARES = st.fixed_dictionaries(
    {
        "form": one(*FORMS),
        "level": one("specialised", "specialised", "primary"),
        "kind": one("first_visit", "treatment", "investigation", "medical_service"),
        "hospital_level": one("local", "local", "regional", "national", None),
        "immediate": one(*[False] * 9, True),
    }
)
CLINICS = st.fixed_dictionaries(
    {
        "care_region": one(*REGIONS),
        "regime": one(*REGIMES),
        "site": one("A", "B", None),
        "publicly_funded": one(*[True] * 9, False),
    }
)


@tried(600)
@given(questions())
def test_two_readings_agree(asked: dict[str, Any]) -> None:
    if mismatched(asked):
        with pytest.raises(RouteMismatch):
            decide.answer(asked)
        return
    told = decide.answer(asked)
    assert told.pop("reasons")
    assert told == decided(asked, AREAS[asked["care"]["code"]])
