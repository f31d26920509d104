"""The demo Sweden has everything that the product must handle, and is the same every time."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from accounts.identity import Sealed
from accounts.roles import Role
from brokering.sweden.batch import Batch, Block, Secrets
from brokering.sweden.logins import PATIENT_STORIES
from brokering.sweden.need_rows import need_batches
from brokering.sweden.needs import Need
from brokering.sweden.rows import batches, size
from brokering.sweden.scale import SCALES
from brokering.sweden.slots import Times, minute, start_of_day
from brokering.sweden.sources import Sources
from brokering.sweden.world import World
from tests.sweden.conftest import TODAY, world_of

SWEDEN = ZoneInfo("Europe/Stockholm")
LAST_FIELD_TRUE = b"\0\0\0\1\1"
"""The last column of a packed row, `synthetic`: one byte, true."""
POINTS = "brokering_contactpoint"
OPEN_SECRETS = Secrets(
    lambda text, nonce: Sealed("1", nonce + text.encode()), lambda text: text, "!", UUID(int=1)
)


@pytest.fixture(scope="module")
def people(demo: World) -> list[Need]:
    return list(demo.needs())


@pytest.fixture(scope="module")
def times(demo: World) -> Times:
    return demo.times


@pytest.fixture(scope="module")
def rows(demo: World) -> list[tuple]:
    return written(demo)


def written(world: World) -> list[tuple]:
    """Table, columns and values of every row; blocks that are packed already as they are."""
    return [
        (batch.table, batch.columns, row)
        for batch in batches(world, OPEN_SECRETS)
        for row in (batch.rows if isinstance(batch, Batch) else batch.blocks)
    ]


def test_the_same_seed_and_day_give_the_same_rows(sources: Sources, rows: list[tuple]) -> None:
    assert written(world_of(sources, "demo")) == rows


def test_another_seed_gives_other_people(sources: Sources, people: list[Need]) -> None:
    others = list(world_of(sources, "demo", seed=8).needs())
    assert {need.identity for need in others} != {need.identity for need in people}


def test_every_row_that_can_say_so_says_that_it_is_synthetic(
    demo: World, rows: list[tuple]
) -> None:
    marked = [
        row[columns.index("synthetic")]
        for _, columns, row in rows
        if "synthetic" in columns and not isinstance(row, Block)
    ]
    packed = [row for _, _, row in rows if isinstance(row, Block)]
    assert len(marked) + sum(block.rows for block in packed) > size(demo)
    assert all(marked)
    assert all(block.data.count(LAST_FIELD_TRUE) >= block.rows for block in packed)


def test_every_region_has_own_and_bought_clinics(demo: World) -> None:
    own = {clinic.region for clinic in demo.capacity.clinics if clinic.is_own}
    bought = {clinic.region for clinic in demo.capacity.clinics if not clinic.is_own}
    assert len(own) == len(bought) == 21


def test_every_clinic_says_in_its_name_that_it_is_invented(demo: World) -> None:
    names = [clinic.name for clinic in demo.capacity.clinics]
    assert all(name.startswith("Påhittade ") for name in names)
    assert len(set(names)) == len(names)


def test_every_kind_of_agreement_is_there(demo: World) -> None:
    agreements = demo.capacity.agreements
    in_force = {agreement.regime for agreement in agreements if agreement.carries(TODAY)}
    assert in_force == {"own", "lou", "lov", "lol", "lof"}
    assert {agreement.open_for_others for agreement in agreements} == {
        "yes",
        "no",
        "after_agreement",
    }
    assert {"active", "ended"} < {agreement.state for agreement in agreements}
    assert {agreement.cooperation for agreement in agreements} == {
        "alone",
        "joint",
        "inter_regional",
    }
    assert any(agreement.usable_by for agreement in agreements)
    with_one = {agreement.clinic.id for agreement in agreements}
    assert len(with_one) < len(demo.capacity.clinics)


def test_lots_limit_age_weight_health_and_volume(demo: World) -> None:
    lots = [lot for agreement in demo.capacity.agreements for lot in agreement.lots]
    for term in ("age_min", "age_max", "bmi_max", "asa_max"):
        assert any(getattr(lot, term) is not None for lot in lots), term
    assert any(lot.excluded_needs for lot in lots)
    assert {cap.period for lot in lots for cap in lot.caps} == {"month", "quarter", "year"}
    assert {cap.region for lot in lots for cap in lot.caps} > {None, "01"}
    assert {len(lot.follow_ons) for lot in lots} == {0, 1}
    assert {lot.accepts_referrer_assessment for lot in lots} == {True, False}


def test_an_invented_amount_stands_on_an_invented_list(rows: list[tuple]) -> None:
    lines = [dict(zip(c, r, strict=True)) for t, c, r in rows if t == "contracts_priceline"]
    assert {line["list_name"] for line in lines if line["amount"] is not None} == {
        "Påhittad prislista"
    }
    assert any(line["model"] == "not_agreed" for line in lines)


def test_times_lie_in_swedish_working_hours_for_thirteen_weeks(times: Times) -> None:
    for span in zip(times.starts.tolist(), times.ends.tolist(), strict=True):
        start, end = (datetime.fromtimestamp(60 * at, SWEDEN) for at in span)
        assert start.weekday() < 5
        assert start.hour >= 8
        assert (end.hour, end.minute) <= (17, 0)
        assert TODAY < start.date() <= TODAY + timedelta(weeks=13)


def test_summer_time_moves_no_working_day() -> None:
    winter, summer = start_of_day(date(2026, 3, 27)), start_of_day(date(2026, 3, 30))
    assert (winter.hour, summer.hour) == (23, 22)


def test_most_times_are_open_already_and_some_wait_for_their_round(times: Times) -> None:
    at_noon = minute(start_of_day(TODAY) + timedelta(hours=12))
    assert 0.01 < (times.opens > at_noon).mean() < 0.15
    assert (times.published <= times.opens).all()
    assert (times.published <= at_noon).all()


def test_only_visits_in_open_care_are_by_video(times: Times) -> None:
    cares = {times.pairs[pair][1] for pair in set(times.pair[times.video].tolist())}
    assert {care.form for care in cares} == {"open"}
    assert {care.kind for care in cares} == {"first_visit", "return_visit"}
    assert not (times.video & times.inpatient).any()


def test_no_two_people_share_an_identity(people: list[Need]) -> None:
    assert len({need.identity for need in people}) == len(people) == 3500


def test_protected_people_have_no_place(people: list[Need]) -> None:
    protected = [need for need in people if need.protected]
    assert protected
    assert all(need.municipality is None and need.max_distance_km is None for need in protected)


def test_people_fit_the_care_they_wait_for(people: list[Need]) -> None:
    for need in people:
        if need.care.area in {"bup", "barnmedicin"}:
            assert (TODAY - need.birth_date).days < 18 * 365.25
        if need.care.area == "psykiatri":
            assert (TODAY - need.birth_date).days > 18 * 365.25
        if need.care.area == "kvinno" and "T" not in need.identity:
            assert int(need.identity[10]) % 2 == 0


def test_everyone_waits_at_a_clinic_that_gives_the_care(people: list[Need]) -> None:
    assert all(need.clinic and need.care in need.clinic.cares for need in people)


def test_the_wait_counts_back_from_the_day_of_loading(demo: World, people: list[Need]) -> None:
    waited = [(TODAY - need.started_on).days for need in people]
    assert waited == demo.people.days.tolist()


def test_no_clock_event_lies_before_its_start_or_after_today(people: list[Need]) -> None:
    facts = [(need.started_on, fact.on) for need in people for fact in need.facts]
    assert facts
    assert all(start <= on <= TODAY for start, on in facts)


def test_a_self_referral_stands_only_where_no_remiss_is_needed(
    sources: Sources, people: list[Need]
) -> None:
    told = {story.login.name for story in PATIENT_STORIES}
    own = [need for need in people if need.contact_on and need.name not in told]
    assert own
    assert all(sources.needs_no_remiss(need.region, need.care.code) for need in own)


def test_each_story_has_its_patient(demo: World, people: list[Need]) -> None:
    told = {need.name: need for need in people if need.user_id}
    assert len(told) == len(PATIENT_STORIES)
    without = told["Karl Exempelström"]
    assert without.issued_on is None
    assert (without.region, without.care.code) in demo.sources.ruled
    assert (TODAY - told["Ingrid Testlund"].started_on).days > 90


def points_of(world: World, needs: list[Need]) -> list[dict]:
    """Where some people are reached."""
    found = (b for b in need_batches(world, OPEN_SECRETS, tuple(needs)) if b.table == POINTS)
    return [dict(zip(batch.columns, row, strict=True)) for batch in found for row in batch.rows]


def test_at_larger_scales_only_who_can_log_in_is_reached(demo: World, people: list[Need]) -> None:
    only = replace(demo, scale=replace(demo.scale, all_reached=False))
    points = points_of(only, people)
    assert {one["subject_id"] for one in points} == {need.user_id for need in people} - {None}
    assert len(points) == len(PATIENT_STORIES)
    assert {one["language"] for one in points} == {"sv", "en", "sv-ll"}
    assert [name for name, scale in SCALES.items() if scale.all_reached] == ["demo"]


def test_in_the_demo_most_are_reached_by_mail_and_at_no_address_that_exists(
    demo: World, people: list[Need]
) -> None:
    points = points_of(demo, people)
    ways = Counter(one["channel"] for one in points)
    assert set(ways) == {"email", "letter"}
    assert ways["email"] > 0.85 * len(people)
    assert 0.9 * len(people) < len(points) < len(people)
    mails = [one["address_encrypted"] for one in points if one["channel"] == "email"]
    assert all(address.endswith(b"@example.invalid") for address in mails)


def test_there_is_a_login_for_every_role(demo: World) -> None:
    roles = Counter(login.role for login, _ in demo.logins)
    assert set(roles) == set(Role) - {Role.SYSTEM}
    assert roles[Role.NAVIGATOR] == 21


def test_no_private_company_is_a_region_in_disguise(demo: World) -> None:
    ids = {clinic.provider.id for clinic in demo.capacity.clinics}
    names = {clinic.provider.name for clinic in demo.capacity.clinics}
    assert len(ids) == len(names)
    assert len({clinic.provider.id for clinic in demo.capacity.clinics if clinic.is_own}) == 21
