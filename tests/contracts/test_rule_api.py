"""The register over the API: public, dated, and plain about what it does not know."""

import pytest
from django.test import Client

from brokering.law.facts import Issuer
from contracts.terms import ISSUERS
from tests.factories import TODAY

pytestmark = pytest.mark.usefixtures("database")


def ask(query: str):
    return Client().get(f"/api/v1/referral-rules{query}")


def test_anyone_reads_a_regions_rules_in_force_on_a_day() -> None:
    found = ask("?region=24&care=besok-hud&on=2021-03-01").json()
    (rule,) = found["rules"]
    assert (rule["region"], rule["care"], rule["required"]) == ("24", "besok-hud", True)
    assert rule["source"].startswith("SOU 2021:59")
    assert found["complete"] == ["24"]


def test_an_unknown_region_is_not_among_the_complete_ones() -> None:
    assert ask("?region=19").json() == {
        "on": TODAY.isoformat(),
        "known_on": None,
        "rules": [],
        "complete": [],
    }


def test_nothing_was_in_force_before_the_first_day_nor_known_before_it_was_recorded() -> None:
    assert ask("?on=2020-01-01").json()["rules"] == []
    assert ask("?known_on=2020-01-01").json()["rules"] == []
    assert len(ask("?known_on=9999-12-31").json()["rules"]) == 47


@pytest.mark.parametrize(
    "query",
    ["?region=99", "?care=besok-saknas", "?on=i-gar", "?known_on=2026-02-30", "?region=%00"],
)
def test_a_wrong_question_is_answered_with_a_problem_that_names_the_field(query: str) -> None:
    answer = ask(query)
    field = query[1:].split("=", maxsplit=1)[0]
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert (answer.json()["code"], list(answer.json()["fields"])) == ("invalid", [field])


def test_the_schema_describes_the_register() -> None:
    schema = Client().get("/api/v1/schema", headers={"accept": "application/json"}).json()
    asked = schema["paths"]["/api/v1/referral-rules"]["get"]["parameters"]
    assert {one["name"] for one in asked} == {"region", "care", "on", "known_on"}


def test_rules_name_the_same_issuers_as_the_law() -> None:
    assert set(ISSUERS) == {issuer.value for issuer in Issuer}
