"""An agreement is written, awarded, signed, extended, amended and ended, by its own region alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, ProgrammingError

from accounts.errors import NotAllowed
from accounts.models import Event
from accounts.tenancy import acting_as
from contracts.actions import agreement_states as states
from contracts.actions.agreement_states import Side
from contracts.actions.agreements import (
    AdoptionDecision,
    adopt_agreement,
    create_agreement,
    revise_agreement,
)
from contracts.actions.parties import NewParty, register_party
from contracts.drafts import CapDraft, OptionDraft
from contracts.errors import (
    AlreadyAdopted,
    AnotherAgreement,
    AuthorityNotCited,
    AwardNotSent,
    BeyondMaximum,
    NoOptionLeft,
    NotALegalPerson,
    NotThatDay,
    OptionTooLate,
    StandstillRuns,
    UnfitAgreement,
    WrongAgreementState,
)
from contracts.lifecycle import AgreementState
from contracts.models import Agreement, Cap, Lot, Party, PriceLine
from contracts.selectors.drafts import drafts_of
from contracts.selectors.terms import terms_of_care
from tests.contracts.agreements import (
    LONG_AGO,
    YEAR,
    a_draft,
    a_lot,
    active,
    administrator,
    amended,
    awarded,
    created,
    does,
    rich_draft,
    stored,
    told,
)
from tests.factories import EYES, NOW, TODAY, a_clinic, a_region

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


@pytest.fixture
def by(database):
    return administrator()


def in_force(clinic, on=TODAY):
    return terms_of_care(EYES, first=on, last=on, clinics=[clinic.id]).get(clinic.id, [])


# Writing


def test_a_draft_comes_back_as_it_was_written(by):
    draft = rich_draft(a_clinic())
    row = created(draft, by)
    assert drafts_of([row.id])[row.id] == draft
    assert row.synthetic


def test_another_regions_administrator_writes_nothing(by):
    row = created(a_draft(), by)
    other = administrator("03")
    with pytest.raises(NotAllowed):
        does(revise_agreement, other, row, draft=a_draft(name="Annat"))
    with pytest.raises(NotAllowed), acting_as(other):
        create_agreement(by=other, draft=a_draft(), now=NOW)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": ""}, ["missing", "name"]),
        ({"name": "=1+1"}, ["formula", "name"]),
        ({"valid_to": date(2020, 1, 1)}, ["turned", "valid_to"]),
        ({"buyers": ("01", "03")}, ["too_many", "buyers"]),
        ({"seller": "5569999997"}, ["unknown_code", "seller"]),
        ({"usable_by": ("99",)}, ["unknown_code", "buyers"]),
        ({"party": "5569999997"}, ["unknown_code", "party"]),
        ({"party": "1234567890"}, ["not_an_organisation_number", "party"]),
        ({"confidentiality": (("buyers", "parties"),)}, ["unknown_choice", "confidentiality"]),
    ],
)
def test_what_is_wrong_is_refused_with_its_field_and_nothing_is_saved(by, change, fault):
    with pytest.raises(UnfitAgreement) as refused:
        created(a_draft(**change), by)
    assert fault in refused.value.data["faults"]
    assert not Agreement.objects.exists()


def test_a_clinic_of_somebody_else_is_no_lot_of_the_seller(by):
    with pytest.raises(UnfitAgreement) as refused:
        created(a_draft(lots=(a_lot(a_clinic()),)), by)
    assert refused.value.data["faults"] == [["not_the_sellers", "lots.clinic"]]


def test_a_draft_is_written_anew_until_it_is_signed_and_says_what_changed(by):
    row = created(a_draft(), by)
    draft = replace(drafts_of([row.id])[row.id], name="Nytt namn")
    assert [one.field for one in does(revise_agreement, by, row, draft=draft)] == ["name"]
    assert does(revise_agreement, by, row, draft=draft) == ()
    signed = active(a_draft(), by)
    with pytest.raises(WrongAgreementState):
        does(revise_agreement, by, signed, draft=draft)


# Who signs


def test_every_region_is_a_party_and_a_cooperation_region_never(by):
    assert Party.objects.filter(kind="region").count() == 21
    area = a_region("01").cooperation_area
    with pytest.raises(NotALegalPerson):
        created(a_draft(party=area), by)
    new = NewParty(kind="collaboration_region", name="X", organisation_number="1", members=["01"])
    with pytest.raises(NotALegalPerson), acting_as(by):
        register_party(by=by, party=new, now=NOW)
    named = replace(new, kind="municipal_federation", name=area)
    with pytest.raises(NotALegalPerson), acting_as(by):
        register_party(by=by, party=named, now=NOW)


def test_a_federation_signs_for_regions_by_a_decision_that_is_cited(by):
    new = NewParty(
        kind="municipal_federation",
        name="Påhittade vårdförbundet",
        organisation_number="2229999996",
        members=["01", "03"],
    )
    with pytest.raises(AuthorityNotCited), acting_as(by):
        register_party(by=by, party=new, now=NOW)
    with acting_as(by):
        register_party(by=by, party=replace(new, transfer_reference="RS 2026-1"), now=NOW)
    draft = a_draft(party="2229999996", buyers=("01", "03"), cooperation="inter_regional")
    assert created(draft, by).party.kind == "municipal_federation"


# Award, standstill, signatures


def test_an_agreement_in_force_went_every_step_and_each_left_its_event(by):
    row = active(a_draft(), by)
    verbs = Event.objects.filter(noun="agreement", noun_id=str(row.id)).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        *("created", "advertised", "evaluating", "awarded", "award_sent", "standstill"),
        *("signed_by_party", "signed_by_seller", "signed", "active"),
    ]


def test_nothing_is_signed_on_the_tenth_day_after_the_award_and_on_the_eleventh_it_is(by):
    row = told(awarded(a_draft(), by), by, on=TODAY - 11 * DAY)
    with pytest.raises(StandstillRuns) as refused:
        does(states.sign_agreement, by, row, side=Side.PARTY, on=TODAY - DAY)
    assert refused.value.data["earliest"] == TODAY.isoformat()
    does(states.sign_agreement, by, row, side=Side.PARTY, on=TODAY)
    assert stored(row.id).state == "standstill"
    does(states.sign_agreement, by, row, side=Side.SELLER, on=TODAY)
    assert stored(row.id).state == "signed"


def test_a_new_award_of_one_lot_begins_its_standstill_and_no_other(by):
    clinic = a_clinic()
    lots = (a_lot(clinic, name="A"), a_lot(clinic, name="B"))
    row = told(awarded(a_draft(clinic, lots=lots), by), by)
    second = row.lots.get(name="B")
    with acting_as(by):
        states.notify_award(by=by, lot=second.id, on=TODAY - DAY, now=NOW)
    with pytest.raises(StandstillRuns) as refused:
        does(states.sign_agreement, by, row, side=Side.SELLER, on=TODAY)
    assert refused.value.data["lots"] == ["B"]
    assert row.lots.get(name="A").award_notified_on == TODAY - LONG_AGO


def test_a_lot_whose_award_was_not_sent_keeps_all_from_being_signed(by):
    clinic = a_clinic()
    lots = (a_lot(clinic, name="A"), a_lot(clinic, name="B"))
    row = awarded(a_draft(clinic, lots=lots), by)
    with acting_as(by):
        states.notify_award(by=by, lot=row.lots.get(name="A").id, on=TODAY - LONG_AGO, now=NOW)
    with pytest.raises(AwardNotSent):
        does(states.sign_agreement, by, row, side=Side.PARTY, on=TODAY)


def test_a_lot_for_which_the_seller_did_not_qualify_waits_for_nobody_and_carries_nothing(by):
    clinic = a_clinic()
    lots = (a_lot(clinic, name="A"), a_lot(clinic, name="B", qualified=False))
    row = awarded(a_draft(clinic, lots=lots), by)
    with acting_as(by):
        states.notify_award(by=by, lot=row.lots.get(name="A").id, on=TODAY - LONG_AGO, now=NOW)
    for side in Side:
        does(states.sign_agreement, by, row, side=side, on=TODAY)
    does(states.activate_agreement, by, row)
    assert [one.lot for one in in_force(clinic)] == [row.lots.get(name="A").id]


def test_only_an_active_agreement_carries_a_visit(by):
    clinic = a_clinic()
    row = told(awarded(a_draft(clinic), by), by)
    assert in_force(clinic) == []
    for side in Side:
        does(states.sign_agreement, by, row, side=side, on=TODAY)
    assert in_force(clinic) == []
    does(states.activate_agreement, by, row)
    assert len(in_force(clinic)) == 1


def test_own_production_is_active_at_once_and_a_step_may_not_be_left_out(by):
    clinic = a_clinic()
    own = created(a_draft(clinic, regime="own", valid_to=None), by)
    does(states.activate_agreement, by, own)
    assert len(in_force(clinic)) == 1
    with pytest.raises(WrongAgreementState):
        does(states.activate_agreement, by, created(a_draft(), by))
    with pytest.raises(WrongAgreementState):
        does(states.advance_agreement, by, created(a_draft(), by), to=AgreementState.AWARDED)


# Options and ends


def test_options_extend_one_after_another_and_never_past_the_maximum(by):
    options = (OptionDraft(months=12), OptionDraft(months=12))
    at_most = states.months_later(TODAY + YEAR, 18)
    row = active(a_draft(options=options, valid_to_at_most=at_most), by)
    used = {"decided_on": TODAY, "reference": "RS 2026-2"}
    last = does(states.extend_agreement, by, row, **used)
    assert stored(row.id).valid_to == last == states.months_later(TODAY + YEAR, 12)
    with pytest.raises(BeyondMaximum):
        does(states.extend_agreement, by, row, **used)
    without = active(a_draft(), by)
    with pytest.raises(NoOptionLeft):
        does(states.extend_agreement, by, without, **used)


def test_an_option_that_had_to_be_used_yesterday_is_too_late(by):
    row = active(a_draft(options=(OptionDraft(months=12, decide_by=TODAY - DAY),)), by)
    with pytest.raises(OptionTooLate):
        does(states.extend_agreement, by, row, decided_on=TODAY, reference="RS 2026-2")


def test_a_last_day_is_today_at_the_earliest_and_the_clock_ends_it_afterwards(by):
    clinic = a_clinic()
    row = active(a_draft(clinic), by)
    with pytest.raises(NotThatDay):
        does(states.end_agreement, by, row, last_day=TODAY - DAY)
    does(states.end_agreement, by, row, last_day=TODAY)
    assert (len(in_force(clinic)), in_force(clinic, TODAY + DAY)) == (1, [])
    with acting_as(by):
        assert states.close_ended(by=by, now=NOW) == 0
        assert states.close_ended(by=by, now=NOW + DAY) == 1
    assert stored(row.id).state == "ended"


def test_a_procurement_that_is_broken_off_is_ended_and_stays_so(by):
    row = awarded(a_draft(), by)
    does(states.end_agreement, by, row, last_day=TODAY)
    assert stored(row.id).state == "ended"
    with pytest.raises(WrongAgreementState):
        does(states.end_agreement, by, row, last_day=TODAY)


# Amendments


def test_an_amendment_ends_the_old_version_and_keeps_what_is_used_of_its_caps(by):
    clinic = a_clinic()
    row = active(rich_draft(clinic), by)
    first = TODAY + 30 * DAY
    caps = (CapDraft(places=20, period="year"),)
    lot = replace(drafts_of([row.id])[row.id].lots[0], caps=caps, age_min=16)
    new = amended(row, by, first, lots=(lot,))
    assert stored(row.id).valid_to == first - DAY
    assert (new.replaces_id, new.state, new.valid_from) == (row.id, "active", first)
    assert new.lots.get().lineage == row.lots.get().lineage
    assert new.lots.get().caps.get().lineage == row.lots.get().caps.get(region=None).lineage


def test_places_after_the_amendment_may_be_booked_while_the_old_version_runs(by):
    clinic = a_clinic()
    first = TODAY + 30 * DAY
    new = amended(active(a_draft(clinic), by), by, first)
    (terms,) = [one for one in in_force(clinic, first) if one.agreement == new.id]
    assert terms.bookable_on(TODAY)
    assert not terms.in_force(TODAY)


def test_a_version_that_another_one_follows_is_not_ended_by_itself(by):
    row = active(a_draft(), by)
    new = amended(row, by, TODAY + 30 * DAY)
    with pytest.raises(WrongAgreementState):
        does(states.end_agreement, by, row, last_day=TODAY + DAY)
    assert stored(row.id).valid_to == TODAY + 29 * DAY, "no day between the two is without terms"
    does(states.end_agreement, by, new, last_day=TODAY + 31 * DAY)
    assert stored(new.id).valid_to == TODAY + 31 * DAY


def test_an_amendment_begins_tomorrow_at_the_earliest_and_changes_no_party(by):
    row = active(a_draft(), by)
    with pytest.raises(NotThatDay):
        amended(row, by, TODAY)
    with pytest.raises(AnotherAgreement) as refused:
        amended(row, by, TODAY + DAY, reference="Något annat")
    assert refused.value.data["fields"] == ["reference"]
    amended(row, by, TODAY + DAY)
    with pytest.raises(WrongAgreementState):
        amended(row, by, TODAY + 2 * DAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: Agreement.objects.filter(id=row.id).update(open_for_others="no"),
        lambda row: Agreement.objects.filter(id=row.id).update(signed_by_party_on=None),
        lambda row: Cap.objects.create(lot=row.lots.get(), places=1, period="month"),
        lambda row: PriceLine.objects.create(
            lot=row.lots.get(), care_id=EYES, model="not_agreed", valid_from=TODAY
        ),
        lambda row: Agreement.objects.filter(id=row.id)._raw_delete("default"),
    ],
)
def test_the_database_itself_lets_nobody_overwrite_a_signed_agreement(by, change):
    row = active(a_draft(), by)
    with pytest.raises((DatabaseError, ProgrammingError)), acting_as(by):
        change(row)


def test_the_lots_of_a_signed_agreement_are_out_of_reach(by):
    row = active(a_draft(), by)
    with acting_as(by):
        assert Lot.objects.filter(agreement=row).update(age_min=99) == 0
        assert Lot.objects.filter(agreement=row)._raw_delete("default") == 0


# Joint agreements


def test_a_joint_agreement_binds_who_signs_it_and_each_region_that_adopts_it(by):
    clinic = a_clinic()
    row = active(a_draft(clinic, cooperation="joint", buyers=("01", "03", "04")), by)
    assert in_force(clinic)[0].buyers == {"01"}
    uppsala = administrator("03")
    decision = AdoptionDecision(region="03", on=TODAY, reference="HSN 2026-7")
    does(adopt_agreement, uppsala, row, decision=decision)
    assert in_force(clinic)[0].buyers == {"01", "03"}
    with pytest.raises(AlreadyAdopted):
        does(adopt_agreement, uppsala, row, decision=decision)
    with pytest.raises(NotAllowed):
        does(adopt_agreement, by, row, decision=replace(decision, region="04"))
