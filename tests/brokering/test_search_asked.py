"""What may be asked of a search beyond when and where: agreement, assessment, what one can book, oneself."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from redis import RedisError

from accounts.actions.upkeep import forget_sessions
from accounts.tasks import forget_ended_sessions
from brokering.forms import SearchForm
from brokering.selectors import counting
from config.celery import app
from tests.factories import EYES, OWNER, a_clinic, a_patient, a_slot, an_agreement, at

SLOTS = "/api/v1/slots"
HOME = {"care": EYES, "home_region": "01", "referral": "yes"}


@pytest.fixture(autouse=True)
def market(database):
    """Clinics at home: the region's own for the slim, one of choice that assesses itself, one outside."""
    cache.clear()
    own, lov, none = (a_clinic("01", name=name) for name in ("Egen", "Vald", "Utan"))
    an_agreement(own, bmi_max=35, asa_max=2, excluded_needs=["intensivvard"])
    an_agreement(lov, regime="lov", accepts_referrer_assessment=False)
    for days, clinic in enumerate((own, lov, none), start=1):
        a_slot(clinic, starts_at=at(days))


def items(client=None, **asked):
    answer = (client or Client()).get(SLOTS, HOME | asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def names(hits):
    return [hit["clinic"]["name"] for hit in hits]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"regime": "own"}, ["Egen"]),
        ({"regime": "lov"}, ["Vald"]),
        ({"regime": "lou"}, []),
        ({"regime": "private"}, ["Utan"]),
        ({"assessment": "accepts"}, ["Egen"]),
        ({"assessment": "own"}, ["Vald"]),
        ({"bookable": "yes"}, ["Egen", "Vald"]),
        ({"bookable": "no"}, ["Egen", "Vald", "Utan"]),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_agreement_assessment_and_what_one_can_book_narrow_the_list(asked, found):
    assert names(items(**asked)) == found


@pytest.mark.parametrize(
    "asked", [{"regime": "x"}, {"assessment": "x"}, {"bookable": "x"}], ids=str
)
def test_what_cannot_be_asked_is_refused_by_field(asked):
    answer = Client().get(SLOTS, HOME | asked)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, list(asked))


def test_pages_of_what_one_can_book_are_full_however_much_is_passed_over():
    closed = a_clinic("01", name="Utan två")
    for _ in range(30):
        a_slot(closed, starts_at=at(1))
    first = Client().get(SLOTS, HOME | {"bookable": "yes", "size": 1}).json()
    rest = {"bookable": "yes", "size": 1, "cursor": first["next_cursor"]}
    second = Client().get(SLOTS, HOME | rest).json()
    assert names(first["items"] + second["items"]) == ["Egen", "Vald"]
    assert second["next_cursor"] is None


def told(**facts):
    body = {"search": HOME, **facts}
    return Client().post(f"{SLOTS}/search", body, content_type="application/json")


@pytest.mark.parametrize(
    ("facts", "obstacle"),
    [
        ({"bmi": 36}, "terms_bmi"),
        ({"asa": 3}, "terms_asa"),
        ({"needs": ["intensivvard"]}, "terms_excluded_need"),
    ],
    ids=["bmi", "asa", "needs"],
)
def test_terms_that_shut_an_anonymous_seeker_out_say_so(facts, obstacle):
    answer = told(**facts)
    hit = answer.json()["items"][0]
    assert (hit["bookable"], hit["obstacles"]) == ("no", [obstacle])
    assert answer["Cache-Control"] == "private, no-store"
    assert items()[0]["bookable"] == "yes"


def test_who_is_shut_out_does_not_find_it_among_what_they_can_book():
    body = {"search": HOME | {"bookable": "yes"}, "bmi": 40}
    answer = Client().post(f"{SLOTS}/search", body, content_type="application/json")
    assert names(answer.json()["items"]) == ["Vald"]


@pytest.mark.parametrize("name", ["bmi", "asa", "needs"])
def test_what_tells_of_health_is_refused_in_an_address(name):
    answer = Client().get(SLOTS, HOME | {name: "3"})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"search": {"colour": "blue"}},
        {"search": HOME, "bmi": "many"},
        {"search": {"care": "x"}},
    ],
    ids=["nothing", "unknown word", "no number", "unknown care"],
)
def test_a_search_in_a_body_that_cannot_be_read_is_refused(body):
    answer = Client().post(f"{SLOTS}/search", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_on_screen_it_is_said_once_kept_in_the_session_and_taken_back():
    browser, page = Client(), "/sok/om-dig/"
    address = "care=besok-ogon&home_region=01&referral=yes"
    answer = browser.post(page, {"bmi": "40", "search": address})
    assert answer["Location"] == f"/sok/?{address}"
    shown = browser.get(answer["Location"])
    assert "Avtalet gäller upp till ett lägre BMI än ditt." in shown.content.decode()
    assert (shown["Cache-Control"], "bmi" in answer["Location"]) == ("private, no-store", False)
    browser.post(page, {"forget": "1", "search": address})
    again = browser.get(f"/sok/?{address}")
    assert "lägre BMI än ditt" not in again.content.decode()


def test_what_one_person_said_is_told_nobody_else():
    browser, address = Client(), "/sok/?care=besok-ogon&home_region=01&referral=yes"
    browser.post("/sok/om-dig/", {"bmi": "40", "search": "care=besok-ogon"})
    pages = [one.get(address).content.decode() for one in (browser, Client())]
    assert ["lägre BMI än ditt" in page for page in pages] == [True, False]


def test_the_page_that_shows_it_is_kept_nowhere():
    browser, page = Client(), "/sok/om-dig/"
    browser.post(page, {"bmi": "40", "search": ""})
    shown = browser.get(page)
    assert 'value="40"' in shown.content.decode()
    assert shown["Cache-Control"] == "private, no-store"


def test_it_is_forgotten_as_somebody_logs_in():
    browser, user = Client(), a_patient("Alice").subject
    user.set_password("vardbryggan")
    user.save(using=OWNER)
    browser.post("/sok/om-dig/", {"bmi": "40", "search": ""})
    assert browser.session["facts"] == {"bmi": 40}
    browser.post("/konto/logga-in/", {"username": user.username, "password": "vardbryggan"})
    assert "_auth_user_id" in browser.session
    assert "facts" not in browser.session


def test_it_is_gone_from_the_database_once_the_session_has_ended():
    browser = Client()
    browser.post("/sok/om-dig/", {"bmi": "40", "search": ""})
    said = Session.objects.get()
    assert forget_sessions(now=said.expire_date - timedelta(seconds=1)) == 0
    assert forget_sessions(now=said.expire_date) == 1
    assert not Session.objects.exists()
    assert forget_ended_sessions.name in {one["task"] for one in app.conf.beat_schedule.values()}


def test_what_cannot_be_a_bmi_is_asked_again():
    page = Client().post("/sok/om-dig/", {"bmi": "400", "search": ""}).content.decode()
    assert "ds-error-summary" in page


EQUAL = (
    f"care={EYES}&home_region=01&near=0180&weekdays=1&weekdays=3",
    f"weekdays=3&weekdays=1&near=0180&home_region=01&care={EYES.upper()}",
    f"care={EYES}&home_region=01&near=0180&weekdays=3&weekdays=1&weekdays=3&order=date&size=20&bookable=no",
    f"care={EYES}&home_region=01&near=0180&weekdays=1&weekdays=3&referral=no&issuer=psykolog&form=&mode=",
)


def test_equal_questions_have_one_entry_one_tag_and_one_moment(monkeypatch):
    searched = []
    found = counting.search
    monkeypatch.setattr(counting, "search", lambda *a, **k: searched.append(a) or found(*a, **k))
    answers = [Client().get(f"{SLOTS}?{address}") for address in EQUAL]
    assert len(searched) == 1
    assert len({answer["ETag"] for answer in answers}) == 1
    assert len({answer.json()["as_of"] for answer in answers}) == 1


def test_other_questions_have_other_answers():
    others = [{}, {"home_region": "12"}, {"region": "12"}, {"size": 1}, {"bookable": "yes"}]
    tags = {Client().get(SLOTS, HOME | one)["ETag"] for one in others}
    assert len(tags) == len(others)


def test_an_answer_says_how_old_it_is_and_is_never_older_than_it_says(monkeypatch):
    first = Client().get(SLOTS, HOME)
    assert (first["Cache-Control"], first["Age"]) == ("public, max-age=5", "0")
    monkeypatch.setattr("brokering.selectors.counting.age_of", lambda page, now: 3)
    monkeypatch.setattr("brokering.api.slots.age_of", lambda page, now: 3)
    again = Client().get(SLOTS, HOME)
    assert (again["Age"], again.json()["as_of"]) == ("3", first.json()["as_of"])


def test_what_is_published_is_found_when_the_time_is_over(monkeypatch):
    monkeypatch.setattr(counting, "FOUND_FOR", 1)
    assert len(items()) == 3
    a_slot(a_clinic("01"), starts_at=at(5))
    time.sleep(1.1)
    assert len(items()) == 4


def test_what_an_open_screen_was_told_of_is_found_at_once(monkeypatch):
    assert len(items()) == 3
    a_slot(a_clinic("01"), starts_at=at(5))
    monkeypatch.setattr("brokering.api.slots.last_numbers", lambda topics: {topics[0]: 7})
    assert len(items()) == 4


def test_with_the_cache_gone_search_answers(monkeypatch):
    def gone(*_args, **_kwargs):
        raise RedisError

    monkeypatch.setattr(cache, "get", gone)
    monkeypatch.setattr(cache, "set", gone)
    assert len(items()) == 3


def test_spelling_does_not_matter_and_a_cursor_is_left_alone():
    form = SearchForm({"care": f" {EYES.upper()} ", "language": "FI", "cursor": "aBc"})
    query = form.query()
    assert (query.care, query.language, query.cursor) == (EYES, "fi", "aBc")
