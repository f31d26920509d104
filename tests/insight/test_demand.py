"""Who waits near a clinic, and which of its terms keep them out: counts, and no small ones."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.templatetags.screen import weekday_date
from insight.selectors.demand import Asked, Reach, demand_near, reached
from tests.brokering.desk import booked, held
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_care,
    a_clinic,
    a_patient,
    a_referral,
    a_slot,
    an_agreement,
)
from tests.insight.test_visibility_pages import logged_in, text

FEW, MANY = 4, 12
SERVICE = "ms-rontgen"


def waiting(number, *, care=EYES, need=None, **person):
    for _ in range(number):
        patient = a_patient("Alice", with_login=False, **person)
        a_referral(patient, care, **need or {})


def reached_by(clinic, care=EYES):
    return dict(reached(Asked.of(clinic, a_care(care), NOW)))


def rows_of(clinic, care=EYES):
    return {line.reach for line in demand_near(clinic, a_care(care), now=NOW).lines}


def test_those_who_can_come_are_counted_by_distance(clinic, lot):
    waiting(3)
    waiting(2, region="12", municipality="1280")
    waiting(1, protected_identity=True)
    assert reached_by(clinic) == {
        (Reach.SERVED, 0): 3,
        (Reach.SERVED, 2): 3,
    }


@pytest.mark.parametrize(
    ("limit", "need", "reach"),
    [
        ({"age_min": 60}, {}, Reach.AGE),
        ({"bmi_max": 35}, {"bmi": 40}, Reach.BMI),
        ({"asa_max": 2}, {"asa": 3}, Reach.ASA),
        ({"excluded_needs": ["intensivvard"]}, {"excluding_needs": ["intensivvard"]}, Reach.NEED),
    ],
)
def test_a_term_that_shuts_people_out_has_a_row_of_its_own(clinic, limit, need, reach):
    an_agreement(clinic, **limit)
    waiting(2, need=need)
    assert reached_by(clinic) == {(reach, 0): 2}
    assert reach in rows_of(clinic)


def test_a_term_that_is_not_there_has_no_row_whoever_waits(clinic, lot):
    waiting(2, need={"bmi": 50, "asa": 3})
    assert not {Reach.AGE, Reach.BMI, Reach.ASA, Reach.NEED, Reach.AGREEMENT} & rows_of(clinic)


def test_a_region_that_the_agreement_leaves_out_is_told_of(database):
    knee = a_clinic("01", ["op-ortopedi"])
    an_agreement(knee, open_for_others="no")
    approved = {"need_approved_on": TODAY}
    waiting(2, care="op-ortopedi", region="12", municipality="1280", need=approved)
    assert reached_by(knee, "op-ortopedi") == {(Reach.REGION, 2): 2}


def test_inpatient_care_elsewhere_waits_for_the_home_regions_word(database):
    knee = a_clinic("01", ["op-ortopedi"])
    an_agreement(knee)
    waiting(2, care="op-ortopedi", region="12", municipality="1280")
    assert reached_by(knee, "op-ortopedi") == {(Reach.APPROVAL, 2): 2}


def test_without_an_agreement_nobody_can_come(clinic):
    waiting(2)
    assert reached_by(clinic) == {(Reach.AGREEMENT, 0): 2}


def test_a_wish_not_to_travel_is_not_the_clinics_doing(clinic, lot):
    waiting(1, region="12", municipality="1280", need={"accepts_other_regions": False})
    waiting(1, region="12", municipality="1280", need={"max_distance_km": 100})
    assert reached_by(clinic) == {(Reach.WISHES, 2): 2}


@pytest.mark.parametrize(
    "wish",
    [
        {"wished_mode": "video"},
        {"wished_language": "fi"},
        {"wished_premises": ["step_free"]},
    ],
    ids=lambda wish: next(iter(wish)),
)
def test_a_wish_that_the_clinic_does_not_say_it_meets_is_a_wish_until_it_says_so(clinic, lot, wish):
    waiting(1, need=wish)
    assert reached_by(clinic) == {(Reach.WISHES, 0): 1}
    clinic.languages, clinic.accessibility = ["fi"], ["step_free"]
    clinic.save(using=OWNER)
    a_slot(clinic, mode="video")
    a_slot(clinic)
    assert reached_by(clinic) == {(Reach.SERVED, 0): 1}


def test_those_who_lack_a_remiss_that_is_required_are_told_apart(database):
    rays = a_clinic("01", [SERVICE])
    an_agreement(rays)
    waiting(2, care=SERVICE, need={"issued_on": None, "contact_on": TODAY - timedelta(days=9)})
    assert reached_by(rays, SERVICE) == {(Reach.REMISS, 0): 2}


def test_those_who_hold_a_time_or_have_booked_do_not_wait(clinic, lot, alice):
    booked(a_slot(clinic), alice, lot)
    held(a_slot(clinic), a_referral(a_patient("Bob")), lot)
    assert reached_by(clinic) == {}


def test_a_few_are_not_shown_and_no_total_gives_them_back(clinic, lot):
    waiting(MANY)
    waiting(FEW, region="25", municipality="2584")
    found = demand_near(clinic, a_care(), now=NOW)
    shown = [count for line in found.lines for count in (*line.counts, line.total)]
    assert FEW not in shown
    assert MANY not in shown or found.total != MANY + FEW


def test_the_page_says_when_and_what_is_counted_and_names_nobody(clinic, lot):
    waiting(MANY)
    page = logged_in(Role.CLINIC_STAFF, clinic.tenant).get(f"/mottagning/{clinic.id}/vantar-nara/")
    said = text(page)
    assert f"Läget {weekday_date(TODAY)}" in said
    assert "Påhittade uppgifter." in said
    assert "Alice" not in said
    assert "Ja, de kan komma till er" in said


def test_other_clinics_people_are_refused(clinic):
    other = logged_in(Role.CLINIC_STAFF, a_clinic().tenant)
    assert other.get(f"/mottagning/{clinic.id}/vantar-nara/").status_code == 403


def test_a_care_that_the_clinic_does_not_give_is_refused(clinic):
    dana = logged_in(Role.CLINIC_STAFF, clinic.tenant)
    page = dana.get(f"/mottagning/{clinic.id}/vantar-nara/", {"vard": "op-ortopedi"})
    assert page.status_code == 422
