"""A week is copied into the weeks after it: the same clock, nothing double, clashes shown first."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from providers.models import Slot
from providers.patterns import SWEDEN, Spot, monday_of
from providers.weeks import Meeting, PlaceInWeek, PlaceState, copies, laid_out, meetings
from tests.factories import EYES, TODAY, a_clinic, a_slot, at, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
THIS = monday_of(TODAY) + timedelta(weeks=9)
"""A week with no red day in it or after it would be luck: the tests that count say so themselves."""


def a_place(starts_at: datetime, state: PlaceState = PlaceState.FREE, **also) -> PlaceInWeek:
    return PlaceInWeek(
        id=uuid4(), care=EYES, form="open", starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30), opens_at=starts_at, held_until=None,
        state=state, **also,
    )  # fmt: skip


def swedish(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SWEDEN)


def test_a_copied_time_shows_the_same_clock_when_the_clocks_have_changed():
    monday = date(2027, 3, 22)
    (copy,) = copies(laid_out(monday, [a_place(swedish(monday, 9))]), 1)
    assert copy.starts_at == datetime(2027, 3, 29, 7, tzinfo=UTC)


def test_a_time_that_does_not_exist_in_the_later_week_is_left_out():
    sunday = date(2027, 3, 21)
    week = laid_out(monday_of(sunday), [a_place(swedish(sunday, 2, 30))])
    assert (len(copies(week, 1)), len(copies(week, 2))) == (0, 1)


def test_withdrawn_and_fetched_times_are_not_copied():
    monday = date(2026, 11, 23)
    gone = a_place(swedish(monday, 9), PlaceState.WITHDRAWN)
    fetched = a_place(swedish(monday, 10), is_fetched=True)
    assert copies(laid_out(monday, [gone, fetched]), 1) == []


def test_a_copied_visit_by_video_stays_one_and_is_not_there_at_the_clinic():
    monday = date(2026, 3, 2)
    week = laid_out(monday, [a_place(swedish(monday, 9), mode="video")])
    assert [spot.mode for spot in copies(week, 1)] == ["video"]
    at_the_clinic = copies(week, 0)[0]._replace(mode="on_site")
    assert [how for _, how in meetings([at_the_clinic], week)] == [Meeting.CLASH]


def test_a_wanted_time_is_new_there_already_or_clashes():
    monday = date(2026, 11, 23)
    week = laid_out(monday, [a_place(swedish(monday, 9)), a_place(swedish(monday, 11))])
    nine = Spot(EYES, "open", swedish(monday, 9), swedish(monday, 9, 30))
    quarter_past = Spot(EYES, "open", swedish(monday, 11, 15), swedish(monday, 11, 45))
    ten = Spot(EYES, "open", swedish(monday, 10), swedish(monday, 10, 30))
    told = [how for _, how in meetings([nine, nine, quarter_past, ten], week)]
    assert told == [Meeting.THERE, Meeting.NEW, Meeting.CLASH, Meeting.NEW]


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic) -> Client:
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def copied(client, clinic, step: str, key: str = "k1", **also):
    words = {"vecka": THIS.isoformat(), "last_week": (THIS + timedelta(weeks=2)).isoformat()}
    return client.post(
        f"/mottagning/{clinic.id}/kopiera/", words | {"step": step, "key": key} | also, follow=True
    )


def a_week(clinic) -> None:
    for hour in (9, 10):
        a_slot(clinic, starts_at=at((THIS - TODAY).days, hour))


def test_what_a_copy_comes_to_is_shown_week_by_week_before_anything_is_published(clinic, dana):
    a_week(clinic)
    a_slot(clinic, starts_at=at((THIS - TODAY).days + 7, 9, 15))
    page = text(copied(dana, clinic, "check", skip_clashes="on"))
    assert "Publicera 3 tider" in page
    assert "09:00" in page
    assert Slot.objects.count() == 3


def test_a_copied_week_is_published_once_and_can_be_undone(clinic, dana):
    a_week(clinic)
    for key in ("k1", "k2"):
        page = text(copied(dana, clinic, "publish", key))
    assert "0 tider är publicerade." in page
    assert Slot.objects.filter(state="open").count() == 6
    undo = {"key": "k3", "gjort": "k1", "vecka": THIS.isoformat()}
    assert "Ångrat: 4 tider." in text(
        dana.post(f"/mottagning/{clinic.id}/angra/", undo, follow=True)
    )
    assert Slot.objects.filter(state="open").count() == 2


def test_clashing_times_are_published_when_that_is_wanted(clinic, dana):
    a_week(clinic)
    a_slot(clinic, starts_at=at((THIS - TODAY).days + 7, 9, 15))
    assert "Publicera 4 tider" in text(copied(dana, clinic, "check"))


def test_an_empty_week_has_nothing_to_copy(clinic, dana):
    page = text(dana.get(f"/mottagning/{clinic.id}/kopiera/", {"vecka": THIS.isoformat()}))
    assert "Veckan har inga tider att kopiera." in page


def test_somebody_elses_step_cannot_be_undone(clinic, dana):
    a_week(clinic)
    copied(dana, clinic, "publish")
    other = Client()
    other.force_login(staff(Role.CLINIC_STAFF, clinic.tenant, "Bob"), backend=BACKEND)
    undo = {"key": "k3", "gjort": "k1", "vecka": THIS.isoformat()}
    other.post(f"/mottagning/{clinic.id}/angra/", undo)
    assert Slot.objects.filter(state="open").count() == 6
