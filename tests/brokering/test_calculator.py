"""The public calculator: what it answers, what it refuses to guess, and what its address never says."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from brokering.law.parameters import parameters
from brokering.selectors.calculator import AHEAD, days_known, first_day
from contracts.models import ReferralRule
from tests.factories import EYES, OWNER

PAGE = "/far-jag/"
SKIN = {"care": "besok-hud", "home_region": "01", "care_region": "12"}


def page(said=None, **also):
    return Client().get(PAGE, (said or {}) | also)


def html(answer):
    return answer.content.decode()


def text(answer):
    bare = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", unescape(bare))


def answers(answer):
    """What stands in the answer, without the form."""
    return text(answer).partition("Svaret gäller med reglerna")[2]


def test_an_empty_page_asks_and_answers_nothing(database):
    answer = page()
    assert answer.status_code == 200
    assert "Här kommer svaret" in text(answer)


def test_the_four_questions_stand_in_their_order_with_sources(database):
    told = answers(page(SKIN, on="2021-06-01"))
    asked = ["Får jag komma hit?", "Behövs remiss?", "Vem betalar?", "vårdgaranti?"]
    places = [told.index(question) for question in asked]
    assert places == sorted(places)
    assert "Regionens regel" in told
    assert "gäller per 2021-02-28" in told
    assert "Lag: 9 kap. 1 § patientlagen (2014:821) (gäller per" in told


def test_a_missing_remiss_says_no_and_that_a_remiss_would_do(database):
    told = text(page(SKIN))
    assert "Nej, inte utan remiss." in told
    assert "Med en remiss, från vilken region som helst : ja" in told


def test_a_line_that_would_change_the_answer_leads_to_that_answer(database):
    found = page(SKIN).content.decode()
    (url,) = re.findall(r'href="([^"]+)">Med en remiss', found)
    assert "Ja, du får söka vård där" in text(Client().get(unescape(url)))


def test_a_region_whose_rules_nobody_knows_stays_unknown(database):
    told = text(page(care=EYES, home_region="19", care_region="01"))
    assert "Vi vet inte om det behövs remiss." in told


def test_without_a_home_region_the_answer_says_what_it_depends_on(database):
    told = text(page(care=EYES, care_region="01"))
    assert "Det beror på vilken region du hör till." in told


def test_ones_own_region_needs_a_region(database):
    answer = page(care=EYES, care_region="own")
    assert answer.status_code == 422
    assert "Välj din hemregion" in text(answer)


def test_an_agreement_that_is_not_told_is_not_guessed(database):
    told = text(page(care="besok-bup", home_region="01", care_region="24"))
    assert "Du har inte sagt vilket slags avtal" in told
    settled = text(page(care="besok-bup", home_region="01", care_region="24", regime="lol"))
    assert "Du har inte sagt vilket slags avtal" not in settled


def test_a_clinic_without_an_agreement_is_paid_by_oneself(database):
    told = text(page(SKIN, regime="private"))
    assert "inget avtal med en region" in told
    assert "Du själv" in told


@pytest.mark.parametrize(("day", "due"), [("2021-01-01", "torsdag 1 april 2021")])
def test_the_guarantee_is_counted_from_the_day_the_remiss_was_written(database, day, due):
    told = answers(page(SKIN, referral="yes", issued_on=day, on="2021-02-01"))
    assert f"Gäller till {due}" in told


def test_a_treatment_counts_from_its_decision(database):
    said = {"care": "op-ogon", "home_region": "01", "care_region": "own"}
    told = answers(page(said, decided_on="2021-02-01", on="2021-03-01"))
    assert "Gäller till söndag 2 maj 2021" in told


def test_a_day_before_the_law_gets_no_answer(database):
    told = text(page(SKIN, on="2015-06-01"))
    assert "Den dagen kan vi inte svara för" in told
    assert "lördag 1 april 2017" in told
    assert "Vem betalar?" not in told


def test_a_past_day_is_answered_by_the_rules_of_that_day(database):
    told = text(page(SKIN, on="2020-06-01"))
    assert "Vi vet inte om det behövs remiss." in told


def test_a_rule_that_ends_is_a_day_to_wait_for(database):
    ReferralRule.objects.using(OWNER).filter(care_id="besok-hud", region_id="01").update(
        valid_to="2021-08-31"
    )
    told = text(page(SKIN, on="2021-06-01"))
    assert "Från och med onsdag 1 september 2021" in told


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"care": "besok-drakar"}, "care"),
        ({"home_region": "99"}, "home_region"),
        ({"care_region": ""}, "care_region"),
        ({"age": "-1"}, "age"),
        ({"on": "nyss"}, "on"),
        ({"regime": "kompis"}, "regime"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(database, wrong, field):
    answer = page(SKIN | wrong)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()


def test_a_live_form_is_told_what_lacks_and_keeps_its_address_clean(database):
    live = Client(headers={"HX-Request": "true"})
    assert live.get(PAGE, {"care": EYES}).status_code == 200
    answer = live.get(PAGE, SKIN | {"age": "", "birth_date": "1990-01-01"})
    assert answer["HX-Push-Url"] == f"{PAGE}?care=besok-hud&home_region=01&care_region=12"


def test_nobody_logs_in_and_nothing_is_kept(database):
    with CaptureQueriesContext(connection) as asked:
        answer = page(SKIN)
    assert not answer.cookies.get("sessionid")
    assert all("SELECT" in one["sql"] for one in asked)


def test_the_page_speaks_english_and_plainly(database):
    for language, words in (
        ("en", "No, not without a referral."),
        ("sv-ll", "Du behöver en remiss"),
    ):
        client = Client()
        client.post("/sprak/setlang/", {"language": language})
        assert words in text(client.get(PAGE, SKIN))


def test_the_answer_says_of_which_day_the_rules_are(database):
    assert "Svaret gäller med reglerna som de är i dag" in text(page(SKIN))
    assert "reglerna som de var tisdag 1 juni 2021" in text(page(SKIN, on="2021-06-01"))
    ahead = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert "så långt vi vet i dag" in text(page(SKIN, on=ahead))


def test_the_scale_of_days_begins_with_the_law_and_has_a_tick_for_every_change(database):
    days = days_known(date(2026, 6, 1))
    assert days.first == min(v.first for one in parameters().values() for v in one.values)
    assert days.last == date(2026, 6, 1) + AHEAD
    assert first_day() in days.turns
    (scale,) = re.findall(r'<datalist id="andringsdagar">(.*?)</datalist>', html(page(SKIN)))
    marks = {days.first + timedelta(days=int(one)) for one in re.findall(r'value="(\d+)"', scale)}
    assert set(days.turns) < marks
    assert date(2021, 2, 1) in marks


def test_a_rule_that_ends_is_a_change_on_the_day_after(database):
    rule = ReferralRule.objects.using(OWNER).filter(region="01", care="besok-hud")
    rule.update(valid_to="2024-03-31")
    assert "1 april 2024" in text(page(SKIN))


def test_days_that_cannot_be_answered_for_are_no_links(database):
    days = re.findall(r"on=(\d{4}-\d\d-\d\d)", html(page(SKIN)))
    assert days
    assert all(date.fromisoformat(day) >= first_day() for day in days)
