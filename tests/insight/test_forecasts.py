"""What a clinic's queue can expect, and how it has held: on the page, over REST, with each hit."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.selectors.actors import system_actor
from brokering.selectors.forecast_facts import Kept
from insight.selectors.forecasts import Record, shown_record
from tests.brokering.queues import a_past, forecast_made
from tests.factories import EYES, NOW, OWNER, a_patient, a_slot
from tests.insight.test_visibility_pages import text


@pytest.fixture
def forecasted(clinic, lot):
    a_past(a_patient("Bob"), clinic, lot)
    [made] = forecast_made(system_actor())
    return made


def kept(**counts) -> Kept:
    counts = {"earlier": 20, "first_half": 60, "second_half": 90, "later": 30} | counts
    return Kept(clinic=None, judged=sum(counts.values()), promised=30.0, waited=33.4, **counts)


def page_of(clinic) -> str:
    return text(Client().get(f"/mottagning/{clinic.id}/prognos/"))


def test_a_record_is_told_with_its_calibration():
    found = shown_record(kept())
    assert [(one.promised, one.came) for one in found.points] == [(10, 10), (50, 40), (90, 85)]
    assert (found.percent, found.promised, found.waited) == (75, 30, 33)


@pytest.mark.parametrize("part", ["earlier", "first_half", "second_half", "later"])
def test_with_a_small_part_nothing_is_told_but_how_many(part):
    found = shown_record(kept(**{part: 9}))
    assert found == Record(judged=kept(**{part: 9}).judged)


def test_a_few_promises_are_not_told_at_all():
    few = kept(earlier=0, first_half=4, second_half=5, later=0)
    assert shown_record(few) == Record()


def test_the_page_says_the_day_and_what_it_rests_on(clinic, forecasted):
    said = page_of(clinic)
    assert f"{forecasted.middle.year}" in said
    assert "10 veckor" in said
    assert "Okänt: för få prognoser har löpt ut." in said


def test_the_page_says_unknown_where_the_history_is_short(clinic):
    assert "Vi kan inte säga något om kön här än." in page_of(clinic)


def test_the_page_draws_what_was_promised_against_what_came(clinic, monkeypatch):
    monkeypatch.setattr(
        "insight.selectors.forecasts.record_of", lambda *_, **__: {clinic.id: kept()}
    )
    said = page_of(clinic)
    assert "75 %" in said
    assert "Lovat mot vad det blev" in said


def test_a_care_that_the_clinic_does_not_give_is_refused(clinic):
    page = Client().get(f"/mottagning/{clinic.id}/prognos/", {"vard": "op-ortopedi"})
    assert page.status_code == 422


def test_over_rest_the_same_is_told(clinic, forecasted):
    [item] = Client().get(f"/api/v1/clinics/{clinic.id}/forecasts").json()["items"]
    assert item["care"] == EYES
    assert item["expected_first_date"]["middle"] == forecasted.middle.isoformat()
    assert item["record"]["held"] is None


def test_each_hit_tells_what_its_clinics_queue_can_expect(clinic, lot, forecasted):
    a_slot(clinic)
    [hit] = Client().get("/api/v1/slots", {"care": EYES}).json()["items"]
    assert hit["expected_first_date"] == {
        "early": forecasted.early.isoformat(),
        "middle": forecasted.middle.isoformat(),
        "late": forecasted.late.isoformat(),
        "made_on": forecasted.made_on.isoformat(),
        "weeks_of_history": 10,
        "held_percent": None,
        "promises": None,
    }
    page = text(Client().get("/sok/", {"care": EYES}))
    assert "Väntad första tid i kön:" in page
    assert "För få gånger för att säga hur ofta det stämmer" in page


def test_a_hit_without_a_forecast_says_unknown(clinic, lot):
    a_slot(clinic)
    [hit] = Client().get("/api/v1/slots", {"care": EYES}).json()["items"]
    assert hit["expected_first_date"] is None
    assert "Väntad första tid i kön: okänd" in text(Client().get("/sok/", {"care": EYES}))


def test_a_hit_tells_how_often_it_held(clinic, lot, forecasted):
    a_slot(clinic)
    type(forecasted).objects.using(OWNER).filter(pk=forecasted.pk).update(judged=100, held=82)
    assert "Har stämt 82 % av gångerna" in text(Client().get("/sok/", {"care": EYES}))


def test_yesterdays_forecast_stands_until_a_new_one_is_made(clinic, lot):
    a_past(a_patient("Bob"), clinic, lot)
    forecast_made(system_actor(), now=NOW - timedelta(days=1))
    assert "Vi kan inte säga något om kön här än." not in page_of(clinic)
