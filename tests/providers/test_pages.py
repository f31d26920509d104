"""The clinic's pages: its week, publishing with a check first, withdrawing, “allt stämmer”."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from providers.models import Clinic, Slot
from providers.patterns import monday_of
from tests.factories import EYES, NOW, TODAY, a_claim, a_clinic, a_slot, an_agreement, at, staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
NEXT_MONDAY = monday_of(TODAY) + timedelta(days=7)
ONCE = {"care": EYES, "starts": "09:30", "minutes": "30", "places": "2"}
ONCE |= {"on": (TODAY + timedelta(days=9)).isoformat()}
WEEKLY = {"care": EYES, "starts": "13:00", "minutes": "20", "places": "1", "weekdays": ["0", "3"]}
WEEKLY |= {
    "first_week": NEXT_MONDAY.isoformat(),
    "last_week": (NEXT_MONDAY + timedelta(days=14)).isoformat(),
}


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def dana(clinic) -> Client:
    return logged_in(clinic)


def logged_in(clinic, role: Role = Role.CLINIC_STAFF) -> Client:
    client = Client()
    client.force_login(staff(role, clinic.tenant), backend=BACKEND)
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def address(clinic, rest: str = "") -> str:
    return f"/mottagning/{clinic.id}/{rest}"


def test_who_is_not_logged_in_comes_to_the_login_page_and_back(clinic):
    answer = Client().get(address(clinic))
    assert answer.headers["Location"] == f"/konto/logga-in/?next=/mottagning/{clinic.id}/"


@pytest.mark.parametrize("rest", ["", "publicera/", "publicera/vecka/", "avtal/"])
def test_another_clinics_staff_sees_none_of_its_pages(clinic, rest):
    assert logged_in(a_clinic()).get(address(clinic, rest)).status_code == 403


def test_staff_of_one_clinic_come_straight_to_its_week(clinic, dana):
    assert dana.get("/mottagning/").headers["Location"] == address(clinic)


def test_staff_of_several_clinics_choose(clinic, dana):
    Clinic.objects.using("owner").filter(id=a_clinic(name="Den andra").id).update(
        tenant=clinic.tenant
    )
    assert "Den andra" in text(dana.get("/mottagning/"))


def test_the_week_says_in_words_what_is_free_held_and_booked(clinic, dana):
    lot = an_agreement(clinic)
    a_slot(clinic, starts_at=at(10, 8))
    a_claim(a_slot(clinic, starts_at=at(10, 9)), lot, state="held")
    a_claim(a_slot(clinic, starts_at=at(10, 10)), lot)
    page = text(dana.get(address(clinic), {"vecka": at(10).date().isoformat()}))
    assert "Lediga: 1 · Lediga, öppnar senare: 0 · Hålls: 1 · Bokade: 1" in page


def test_an_address_that_names_no_week_shows_the_present_one(clinic, dana):
    assert f"Vecka {TODAY.isocalendar().week}," in text(dana.get(address(clinic), {"vecka": "x"}))


def test_the_week_alone_is_sent_when_the_page_asks_for_it_again(clinic, dana):
    part = dana.get(address(clinic), headers={"HX-Request": "true"}).content.decode()
    assert "<section" in part
    assert "<html" not in part


def test_a_weekly_pattern_is_checked_before_it_is_published(clinic, dana):
    page = dana.post(address(clinic, "publicera/vecka/"), WEEKLY | {"step": "check"})
    assert "Publicera 6 tider" in text(page)
    assert not Slot.objects.exists()


def test_a_weekly_pattern_is_published_once_however_often_it_is_sent(clinic, dana):
    sent = WEEKLY | {"step": "publish", "key": "k1"}
    for _ in range(2):
        dana.post(address(clinic, "publicera/vecka/"), sent)
    dana.post(address(clinic, "publicera/vecka/"), sent | {"key": "k2"})
    assert Slot.objects.count() == 6


def test_one_time_for_two_patients_is_two_places(clinic, dana):
    answer = dana.post(
        address(clinic, "publicera/"), ONCE | {"step": "publish", "key": "k1"}, follow=True
    )
    assert "2 tider är publicerade." in text(answer)
    assert Slot.objects.filter(clinic=clinic).count() == 2


def test_publishing_what_is_there_already_says_so(clinic, dana):
    for key in ("k1", "k2"):
        answer = dana.post(
            address(clinic, "publicera/"), ONCE | {"step": "publish", "key": key}, follow=True
        )
    assert "2 tider fanns redan" in text(answer)


def test_saying_the_only_possible_form_or_leaving_it_to_the_care_is_the_same_place(database):
    clinic = a_clinic(cares=[EYES, "op-ortopedi"])
    dana = logged_in(clinic)
    for key, form in (("k1", ""), ("k2", "open")):
        sent = ONCE | {"care_form": form, "step": "publish", "key": key}
        dana.post(address(clinic, "publicera/"), sent)
    assert Slot.objects.count() == 2


def test_the_preview_counts_while_the_form_is_filled_in(clinic, dana):
    assert "Det blir 6 tider" in text(dana.post(address(clinic, "publicera/vecka/antal/"), WEEKLY))
    unfinished = dana.post(address(clinic, "publicera/vecka/antal/"), {"care": EYES})
    assert text(unfinished).strip() == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"care": ""}, "Vård: Välj vilken vård"),
        ({"starts": "halv tio"}, "Första tiden börjar: Skriv klockslaget"),
        ({"minutes": "0"}, "Längd i minuter: En tid är minst 5"),
        ({"weekdays": []}, "Veckodagar: Välj minst en"),
        ({"last_week": monday_of(TODAY).isoformat()}, "Den sista veckan kommer före"),
        ({"places": "50", "weekdays": list("0123456"), "last_week": "far"}, "fler än 2000 tider"),
    ],
)
def test_a_wrong_answer_names_its_field_and_what_to_do(clinic, dana, changes, says):
    if changes.get("last_week") == "far":
        changes |= {"last_week": (NEXT_MONDAY + timedelta(weeks=20)).isoformat()}
    page = dana.post(address(clinic, "publicera/vecka/"), WEEKLY | changes | {"step": "check"})
    assert page.status_code == 422
    assert all(part in text(page) for part in says.split(": "))


def test_a_day_that_has_passed_is_refused(clinic, dana):
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    page = dana.post(address(clinic, "publicera/"), ONCE | {"on": yesterday, "step": "check"})
    assert "Dagen har passerat. Välj i dag eller senare." in text(page)


def test_a_care_given_in_both_forms_asks_which(database):
    clinic = a_clinic(cares=["op-ortopedi"])
    sent = ONCE | {"care": "op-ortopedi", "step": "check"}
    page = logged_in(clinic).post(address(clinic, "publicera/"), sent)
    assert "Välj öppen eller sluten vård" in text(page)


def test_marked_places_are_withdrawn_and_a_booked_one_stays(clinic, dana):
    free, booked = a_slot(clinic), a_slot(clinic, starts_at=at(11))
    a_claim(booked, an_agreement(clinic))
    marked = {
        "do": "withdraw",
        "slot": [str(free.id), str(booked.id)],
        "key": "k1",
        "vecka": at(10).date(),
    }
    page = text(dana.post(address(clinic, "andra/"), marked, follow=True))
    assert "1 tid är borttagen." in page
    assert "1 tid är kvar:" in page


def test_withdrawing_nothing_says_what_to_do(clinic, dana):
    page = text(dana.post(address(clinic, "andra/"), {"do": "withdraw", "key": "k1"}))
    assert "Inga tider är markerade. Markera dem först." in page


def test_all_is_right_renews_the_age(clinic, dana):
    Clinic.objects.using("owner").update(confirmed_at=NOW - timedelta(days=30))
    assert "för gamla" in text(dana.get(address(clinic)))
    assert "för gamla" not in text(
        dana.post(address(clinic, "stammer/"), {"key": "k"}, follow=True)
    )


def edited(client, clinic, do: str, *slots, **also):
    sent = {"do": do, "slot": [str(one.id) for one in slots], "key": "k1", "vecka": at(10).date()}
    return client.post(address(clinic, "andra/"), sent | also, follow=True)


def test_marked_times_are_moved_and_the_step_can_be_undone(clinic, dana):
    page = text(edited(dana, clinic, "move", a_slot(clinic), minutes="30"))
    assert "1 tid är flyttad." in page
    assert "Ändringen av 1 tid kan ångras." in page
    undo = {"key": "k2", "gjort": "k1", "vecka": at(10).date()}
    assert "Ångrat: 1 tid." in text(dana.post(address(clinic, "angra/"), undo, follow=True))
    assert Slot.objects.get(state="open").starts_at == at(10)


def test_a_change_without_its_answer_says_which_and_keeps_the_marks(clinic, dana):
    slot = a_slot(clinic)
    answer = edited(dana, clinic, "recast", slot)
    assert answer.status_code == 422
    assert "Välj vilken vård tiderna ska byta till." in text(answer)
    assert f'value="{slot.id}" checked' in answer.content.decode()


def test_a_whole_day_can_be_marked_without_a_script(clinic, dana):
    a_slot(clinic), a_slot(clinic, starts_at=at(11))
    day = at(10).date().isoformat()
    page = dana.get(address(clinic), {"vecka": day, "markera": day}).content.decode()
    assert page.count(" checked hx-preserve") == 1


def test_several_times_a_day_with_a_rest_are_counted_and_published(clinic, dana):
    day = {"starts": "08:00", "ends": "12:00", "minutes": "30", "pause": "10"}
    day |= {"rest_from": "09:40", "rest_to": "10:00", "weekdays": ["0"]}
    day |= {"last_week": WEEKLY["first_week"]}
    page = dana.post(address(clinic, "publicera/vecka/"), WEEKLY | day | {"step": "check"})
    assert "Publicera 5 tider" in text(page)
    assert "08:00 08:40 10:00 10:40 11:20" in text(page)


@pytest.mark.parametrize(("way", "said"), [("", ONCE), ("vecka/", WEEKLY)], ids=["once", "weekly"])
def test_a_time_by_video_is_checked_and_published_as_such(clinic, dana, way, said):
    said = said | {"mode": "video"}
    page = dana.post(address(clinic, f"publicera/{way}"), said | {"step": "check"})
    assert "Besöket är På video" in text(page)
    dana.post(address(clinic, f"publicera/{way}"), said | {"step": "publish", "key": "k1"})
    assert set(Slot.objects.values_list("mode", flat=True)) == {"video"}


def test_inpatient_care_by_video_is_refused_at_the_question(database):
    clinic = a_clinic(cares=[EYES, "op-ortopedi"])
    said = ONCE | {"care": "op-ortopedi", "care_form": "inpatient", "mode": "video"}
    page = logged_in(clinic).post(address(clinic, "publicera/"), said | {"step": "check"})
    assert page.status_code == 422
    assert "Sluten vård ges på plats." in text(page)


def test_the_clinic_says_its_languages_and_what_its_premises_have(clinic, dana):
    said = {"key": "k1", "languages": ["fi", "en"], "accessibility": ["hearing_loop"]}
    assert dana.post(address(clinic, "sprak/"), said).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.languages, clinic.accessibility) == (["en", "fi"], ["hearing_loop"])
    wrong = dana.post(address(clinic, "sprak/"), {"key": "k2", "languages": ["klingon"]})
    assert wrong.status_code == 422
    dana.post(address(clinic, "sprak/"), {"key": "k3"})
    clinic.refresh_from_db()
    assert (clinic.languages, clinic.accessibility) == ([], [])


def test_another_clinics_staff_does_not_say_what_a_clinic_has(clinic):
    said = {"key": "k1", "languages": ["en"]}
    assert logged_in(a_clinic()).post(address(clinic, "sprak/"), said).status_code == 403
