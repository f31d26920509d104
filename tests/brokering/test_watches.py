"""Word when a place appears: by the search on screen, once, and then silence until asked again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Change
from accounts.tenancy import acting_as
from brokering.actions.watches import (
    TooManyWatches,
    Wanted,
    end_watch,
    open_watch,
    reopen_watch,
    tell_new,
)
from brokering.forms.watches import kept, query_of
from brokering.models import Watch
from brokering.states import WatchState
from brokering.tasks import look_for_watchers
from tests.brokering.crowd import WON, at_once
from tests.brokering.desk import booked, cancelled, fresh
from tests.brokering.invited import freed, wants
from tests.brokering.reached import all_messages, reached_by
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    a_patient,
    a_referral,
    a_slot,
    acting,
    an_agreement,
    at,
)

pytestmark = pytest.mark.usefixtures("database")
BEFORE = NOW - timedelta(hours=1)


def searched(**also):
    address = QueryDict(mutable=True)
    address.update({"care": EYES, "home_region": "01"} | also)
    return kept(address)


def watched(need, *, now=BEFORE, **also):
    by = acting(need.patient.subject)
    wanted = Wanted(care=EYES, query=searched(**also), referral=need.id)
    with acting_as(by):
        return open_watch(by=by, wanted=wanted, now=now)


def new_slot(clinic, **also):
    """A place that was published a minute ago."""
    then = NOW - timedelta(minutes=1)
    return a_slot(clinic, **{"published_at": then, "opens_at": then} | also)


def told(now=NOW):
    return tell_new(care=EYES, read=query_of, now=now)


def test_who_watches_is_told_once_when_a_place_is_published(clinic, lot, alice):
    reached_by(alice.patient, "letter")
    watch = watched(alice)
    new_slot(clinic)
    assert [told(), told()] == [1, 0]
    assert fresh(watch).state == WatchState.TOLD
    assert [one.kind for one in all_messages()] == ["place_appeared"]
    news = Change.objects.using(OWNER).get(kind="place_appeared")
    assert (news.topic, news.data) == (f"person:{alice.subject_id}", {})


def test_what_was_there_before_is_no_news(clinic, lot, alice):
    a_slot(clinic)
    watched(alice)
    assert told() == 0


def test_a_place_that_is_freed_is_news(clinic, lot, alice):
    booking = booked(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    watched(alice)
    assert told() == 0
    cancelled(booking)
    assert told(now=timezone.now()) == 1


def test_a_place_is_news_when_it_opens_and_not_before(clinic, lot, alice):
    watched(alice)
    new_slot(clinic, opens_at=NOW + timedelta(hours=1))
    assert told() == 0
    assert told(now=NOW + timedelta(hours=2)) == 1


def test_a_place_about_which_others_are_asked_is_no_news(clinic, lot, alice):
    bob = a_referral(a_patient("Bob"))
    wants(bob)
    watched(alice)
    slot = new_slot(clinic, starts_at=at(2))
    freed(slot)
    assert told() == 0


@pytest.mark.parametrize(
    "also",
    [{"region": "12"}, {"from_date": str(at(50).date())}, {"form": "inpatient"}],
    ids=["another region", "later days", "another form of care"],
)
def test_what_the_search_would_not_show_is_no_news(clinic, lot, alice, also):
    watched(alice, **also)
    new_slot(clinic)
    assert told() == 0


def test_a_place_that_the_person_cannot_book_is_no_news(clinic, alice):
    an_agreement(clinic, age_min=90)
    watched(alice)
    new_slot(clinic)
    assert told() == 0


def test_who_was_told_is_told_again_only_after_asking_again(clinic, lot, alice):
    watch, by = watched(alice), acting(alice.patient.subject)
    new_slot(clinic)
    told()
    later = NOW + timedelta(hours=1)
    with acting_as(by):
        reopen_watch(by=by, watch_id=watch.id, now=later)
    assert told(now=later) == 0
    then = later + timedelta(minutes=5)
    a_slot(clinic, published_at=then, opens_at=then, starts_at=at(11))
    assert told(now=later + timedelta(minutes=6)) == 1


def test_one_burst_of_places_is_one_look_for_each_care(clinic, lot, alice, monkeypatch):
    looks = []
    monkeypatch.setattr("brokering.tasks.tell_watchers.delay", looks.append)
    watched(alice)
    assert look_for_watchers() == 0
    for hour in range(8, 16):
        new_slot(clinic, starts_at=at(10, hour))
    look_for_watchers()
    assert looks == [EYES]


def test_the_same_search_twice_is_one_watch_whatever_the_order_of_its_address(alice):
    first = watched(alice, region="01", form="open")
    assert watched(alice, form="open", region="01", cursor="").id == first.id


def test_nobody_watches_more_than_a_limit(alice, settings):
    settings.WATCHES_MOST = 2
    watched(alice, form="open")
    watched(alice, form="inpatient")
    with pytest.raises(TooManyWatches):
        watched(alice)


def test_many_clicks_at_once_do_not_pass_the_limit(alice, settings):
    settings.WATCHES_MOST = 2
    clicks = [lambda n=n: watched(alice, age=str(n)) for n in range(20, 26)]
    assert at_once(clicks) == {WON: 2, "too_many_watches": 4}


def test_what_is_kept_names_no_person_and_is_the_same_search(alice):
    watch = watched(alice, region="01")
    assert set(watch.query) == {"care", "home_region", "region"}
    assert query_of(watch.query).region == "01"


def test_a_watch_ends_by_itself(clinic, lot, alice, settings):
    watch = watched(alice, now=NOW - timedelta(days=91))
    told()
    assert fresh(watch).state == WatchState.ENDED


def test_nobody_ends_somebody_elses_watch(alice):
    watch, by = watched(alice), acting(a_patient("Bob").subject)
    with acting_as(by), pytest.raises(NotFound):
        end_watch(by=by, watch_id=watch.id, now=NOW)


def test_two_looks_at_once_tell_once(clinic, lot, alice):
    watched(alice)
    new_slot(clinic)
    reached_by(alice.patient, "letter")
    at_once([told, told, told])
    assert len(all_messages()) == 1


def test_on_screen_a_search_is_watched_seen_and_ended(clinic, lot, alice):
    browser = Client()
    browser.force_login(alice.patient.subject)
    search = f"{reverse('search')}?care={EYES}&home_region=01"
    assert "Meddela mig när en tid dyker upp" in browser.get(search).content.decode()
    browser.post(reverse("watch-start"), {"search": f"care={EYES}&home_region=01", "key": uuid4()})
    watch = Watch.objects.using(OWNER).get()
    assert watch.referral_id == alice.id
    assert "Bevakade sökningar" in browser.get(reverse("my_wait")).content.decode()
    pressed = {"key": uuid4()}
    ended = [browser.post(reverse("watch-end", args=[watch.id]), pressed) for _ in range(2)]
    assert [one.status_code for one in ended] == [302, 302]
    assert fresh(watch).state == WatchState.ENDED
    assert browser.post(reverse("watch-again", args=[uuid4()]), {"key": uuid4()}).status_code == 404


def test_who_is_not_logged_in_is_offered_no_watch(clinic, lot):
    page = Client().get(f"{reverse('search')}?care={EYES}").content.decode()
    assert "Meddela mig" not in page
