"""The country read column by column is the country that the snapshots tell of, pair by pair."""

from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from brokering.law.clock import ClockEvent
from brokering.law.clock_facts import ClockEventType
from brokering.law.deadline import deadline
from brokering.matching.problem import NO_DUE_DAY
from brokering.models import Referral
from brokering.selectors.clocks import Dates, clock_of
from brokering.selectors.country.columns import NO_DAY, halves, positions
from brokering.selectors.country.days import GUARANTEES, START, due_days, swedish_days
from brokering.selectors.explanations import explain
from brokering.selectors.places import swedish_day
from brokering.tasks import matched
from providers.models import Care
from tests.brokering.country import WholeCountry, best_of, fast, told_fast, told_slow
from tests.factories import EYES, NOW, TODAY, a_patient, a_referral, a_slot

ODD = """
    UPDATE brokering_referral SET need_approved_on = current_date - (get_byte(uuid_send(id), 1) % 3 - 1)
      WHERE get_byte(uuid_send(id), 2) < 80;
    UPDATE brokering_referral SET earliest_on = current_date + 20, latest_on = current_date + 40
      WHERE get_byte(uuid_send(id), 3) < 20;
    UPDATE brokering_referral SET priority = NULL WHERE get_byte(uuid_send(id), 4) < 9;
    INSERT INTO contracts_designation
        (id, clinic_id, care_id, region_id, tenant_id, basis, source, valid_from, valid_to, set_at, synthetic)
      SELECT gen_random_uuid(), o.clinic_id, o.care_id, r.code, r.tenant_id, 'structured', 'Ett beslut',
             current_date + get_byte(uuid_send(o.clinic_id), 3) % 30, current_date + 45, now(), true
      FROM providers_clinic_cares o JOIN providers_region r ON r.code IN ('01', '12')
      WHERE get_byte(uuid_send(o.clinic_id), 1) < 120 AND o.care_id IN ('op-ortopedi', 'op-thorax');
    UPDATE contracts_cap SET places = 0 WHERE id % 2 = 0;
    UPDATE providers_slot SET mode = 'video' WHERE get_byte(uuid_send(id), 6) < 80;
    UPDATE providers_clinic SET languages = CASE WHEN get_byte(uuid_send(id), 7) < 99 THEN '{ar,fi}'
      ELSE '{en}' END::varchar[], accessibility = CASE WHEN get_byte(uuid_send(id), 8) < 99
      THEN '{step_free,hearing_loop}' ELSE '{step_free}' END::varchar[];
    UPDATE brokering_referral SET
      wished_mode = (ARRAY['', '', 'on_site', 'video'])[1 + get_byte(uuid_send(id), 6) % 4],
      wished_language = (ARRAY['', '', 'ar', 'en', 'yi'])[1 + get_byte(uuid_send(id), 7) % 5],
      wished_premises = (ARRAY['{}', '{step_free}', '{step_free,hearing_loop}', '{lift}']::text[]
        )[1 + get_byte(uuid_send(id), 8) % 4]::varchar[]
      WHERE get_byte(uuid_send(id), 9) < 60;
    INSERT INTO brokering_reroutecase
        (id, tenant_id, subject_id, addressed_to_id, referral_id, owner_id, trigger,
         opened_on, next_on, state)
      SELECT gen_random_uuid(), tenant_id, subject_id, NULL, id, (SELECT id FROM accounts_user LIMIT 1),
             'due_date_passed', current_date, current_date, 'open'
      FROM brokering_referral WHERE get_byte(uuid_send(id), 5) < 90;
"""
"""What the synthetic country has little of: approvals, periods, receptions wished, reroutes, full caps."""


@pytest.fixture
def country(database):
    """The synthetic country as of today, with a little of everything."""
    call_command("load_sweden", scale="demo", stdout=StringIO())
    with connections["owner"].cursor() as cursor:
        cursor.execute(ODD)


CARES = (EYES, "op-ortopedi", "besok-barnmedicin", "op-ryggkirurgi", "op-thorax")


@pytest.mark.slow
def test_the_fast_way_and_the_slow_way_lead_to_the_same_round(country):
    for care in CARES:
        matched(care, now=NOW)
        found, told = told_fast(fast(care, NOW)), told_slow(care, NOW)
        for part, value in told.items():
            assert found[part] == value, (care, part)
        assert any(found["pairs"]), care


@pytest.mark.slow
def test_what_is_best_for_one_is_found_without_reading_all_that_there_is(country):
    """Where law, reroutes, designations, wishes and caps leave little, too."""
    told_some = 0
    for care in CARES:
        whole = WholeCountry(care, NOW)
        waiting = {
            one.need_key.bytes: one for one in Referral.objects.using("owner").filter(care=care)
        }
        for row in range(0, len(whole.keys), len(whole.keys) // 9 + 1):
            need = waiting[whole.keys[row]]
            for once in (False, True):
                told = whole.best(row, once=once)[:20]
                assert best_of(need, once=once) == told, (care, need.id)
                told_some += bool(told)
    assert told_some


def test_a_problem_has_a_fingerprint_that_changes_with_what_it_is_made_of(country):
    one, same = fast(EYES, NOW), fast(EYES, NOW)
    assert one.fingerprint() == same.fingerprint()
    Referral.objects.using("owner").filter(care=EYES, priority=3).update(priority=2)
    assert fast(EYES, NOW).fingerprint() != one.fingerprint()


def test_national_highly_specialised_care_is_left_to_a_person_by_both_ways(clinic, lot):
    a_slot(clinic)
    need = a_referral(a_patient())
    Care.objects.using("owner").filter(code=EYES).update(hospital_level="national")
    try:
        assert told_fast(fast(EYES, NOW))["pairs"] == told_slow(EYES, NOW)["pairs"] == [[]]
        told = explain(EYES, str(need.need_key), now=NOW)
        assert told.removed == {"obstacle.terms_designation_unknown": 1}
    finally:
        Care.objects.using("owner").filter(code=EYES).update(hospital_level="")


def test_a_visit_whose_first_day_nobody_knows_stops_no_round_and_waits_for_a_person(clinic, lot):
    a_slot(clinic)
    known = a_referral(a_patient())
    undated = a_referral(a_patient(), issued_on=None, contact_on=None, decided_on=TODAY)
    found = fast(EYES, NOW)
    assert told_fast(found) == told_slow(EYES, NOW)
    assert (dict(found.left_out), len(found.needs)) == ({"no_first_day": 1}, 1)
    assert explain(EYES, str(undated.need_key), now=NOW).code == "no_first_day"
    assert [one.need_key for one in matched(EYES, now=NOW).proposals] == [known.need_key]


def test_nobody_is_matched_where_the_law_names_no_payer(clinic, lot):
    a_slot(clinic)
    elsewhere = a_patient(region="12", responsibility="eu_883")
    need = a_referral(elsewhere, accepts_other_regions=True)
    assert told_fast(fast(EYES, NOW))["pairs"] == told_slow(EYES, NOW)["pairs"] == [[]]
    told = explain(EYES, str(need.need_key), now=NOW)
    assert told.removed == {"payer_undecided": 1}
    assert told.grounds["payer_undecided"] == ("reason.payer_unsettled_eu_883",)


def test_a_care_without_places_or_without_anybody_is_a_problem_too(database):
    nothing = fast(EYES, NOW)
    assert (len(nothing.needs), len(nothing.slot)) == (0, 0)


DAYS = st.integers(-900, 10).map(lambda days: TODAY + timedelta(days=days))
TYPES = st.sampled_from(
    [
        *(ClockEventType.INFORMED, ClockEventType.OFFERED, ClockEventType.DECLINED),
        *(ClockEventType.REGRETTED, ClockEventType.MEDICAL_PAUSE_START),
        *(ClockEventType.MEDICAL_PAUSE_END, ClockEventType.FULFILLED),
    ]
)
EVENTS = st.builds(ClockEvent, type=TYPES, on=DAYS, care_on=st.none() | DAYS)
STARTS = st.sampled_from(["besok", "behandling", ""]).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        DAYS if kind == "besok" else st.none() | DAYS,
        st.none() | DAYS,
        DAYS if kind == "" else st.none() | DAYS,
        st.none() | DAYS,
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(STARTS, st.lists(EVENTS, max_size=4)), min_size=1, max_size=6))
def test_last_days_found_for_many_at_once_are_those_that_the_law_names_for_each(people):
    columns, trails, told = as_columns(people), {}, []
    for row, ((kind, issued, contact, decided, target), events) in enumerate(people):
        dates = Dates(
            guarantee=kind, region="13", issued_on=issued, contact_on=contact, decided_on=decided
        )
        last = deadline(clock_of(dates, events, on=TODAY), target)
        told.append(NO_DUE_DAY if last is None else last.on.toordinal())
        if any(event.type != ClockEventType.INFORMED for event in events):
            trails[row] = tuple(events)
    assert due_days(columns, trails, {}, on=TODAY).tolist() == told


def as_columns(people):
    names = ("issued", "contact", "decided", "target")
    found = {
        name: np.array([NO_DAY if x is None else x.toordinal() for x in column], np.int64)
        for name, column in zip(
            names, zip(*(dates[1:] for dates, _ in people), strict=True), strict=True
        )
    }
    return found | {"guarantee": np.array([GUARANTEES.index(x[0]) for x, _ in people])}


@given(st.lists(st.integers(0, 40 * 365 * 24 * 60), min_size=1, max_size=20))
def test_swedish_days_follow_the_swedish_clock_through_the_year(minutes):
    moments = np.array(minutes, np.int64) * 60_000_000
    told = [swedish_day(START + timedelta(minutes=one)).toordinal() for one in minutes]
    assert swedish_days(moments).tolist() == told


KEYS = st.lists(st.binary(min_size=16, max_size=16), unique=True, max_size=12)


@given(KEYS, KEYS, st.booleans())
def test_keys_are_found_where_they_stand_and_nowhere_else(among, others, alike):
    if alike:  # Keys that share a half.
        among = list(dict.fromkeys(b"\0" * 8 + key[8:] for key in among))
    wanted = [*others, *among]
    found = positions(packed(wanted), packed(among))
    assert found.tolist() == [among.index(key) if key in among else -1 for key in wanted]
    high, low = halves(packed(among))
    assert [among[at] for at in np.lexsort((low, high))] == sorted(among)


def packed(keys):
    return np.frombuffer(b"".join(keys), "V16")
