"""The demo's register shows every part of an agreement's life, and nothing that could not be written."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from brokering.sweden.capacity import Agreement
from brokering.sweden.prices import price_lines
from brokering.sweden.world import World
from contracts.drafts import PRICE_MODELS
from contracts.lifecycle import DRAFTS, AgreementState, Kind, first_day_to_sign, kind_of
from contracts.models import Agreement as Row
from contracts.models import RegionQuota, ReleasePolicy
from contracts.selectors.agreement_page import agreement_page
from contracts.selectors.drafts import drafts_of, faults_in_register
from contracts.selectors.reminders import reminders
from providers.models import CapacityStatement, Region
from providers.week_places import week_span
from tests.contracts.agreements import administrator
from tests.sweden.conftest import TODAY

SOON = timedelta(days=30)


@pytest.fixture(scope="module")
def agreements(demo: World) -> tuple[Agreement, ...]:
    return demo.capacity.agreements


def kind(one: Agreement) -> Kind:
    return kind_of(one.regime, one.cooperation)


def test_every_price_model_is_there_and_every_amount_is_round(agreements) -> None:
    lines = [line for one in agreements for lot in one.lots for line in price_lines(one, lot)]
    assert {line.model for line in lines} == set(PRICE_MODELS)
    assert all(line.amount % 100 == 0 for line in lines if line.amount is not None)
    assert any(line.subscription for line in lines)


def test_a_price_list_of_every_year_follows_the_one_before_it(agreements) -> None:
    lists = [
        line
        for one in agreements
        for lot in one.lots
        for line in price_lines(one, lot)
        if line.model == "fixed_list"
    ]
    ends = {(line.lot, line.care, line.valid_to) for line in lists if line.valid_to}
    begins = {(x.lot, x.care, x.valid_from - timedelta(days=1)) for x in lists if not x.valid_to}
    assert ends
    assert ends <= begins


def test_nobody_signs_under_a_standstill_or_before_an_award(agreements) -> None:
    for one in agreements:
        sent = [lot.award_notified_on for lot in one.lots if lot.award_notified_on]
        assert kind(one) is Kind.PROCURED or not sent
        for day in sent:
            first = first_day_to_sign(day, electronic=True)
            assert first is not None
            assert one.signed_on is None or first <= one.signed_on
        assert (one.signed_on is None) == (
            AgreementState(one.state) in DRAFTS or kind(one) is Kind.OWN
        )


def test_one_standstill_runs_for_one_lot_alone(agreements) -> None:
    awarded = [one for one in agreements if one.state == "standstill" and one.valid_to_at_most]
    for one in awarded:
        sent = {lot.name: lot.award_notified_on for lot in one.lots if lot.qualified}
        running = {name for name, day in sent.items() if day and TODAY - day < timedelta(days=11)}
        assert running == {"Operationer"}
        assert [lot.qualified for lot in one.lots].count(False) == 1
    assert awarded


def test_only_invented_documents_and_decisions_are_cited(agreements) -> None:
    cited = [one.reference for one in agreements]
    cited += [adoption.reference for one in agreements for adoption in one.adoptions]
    cited += [step.decision_reference for one in agreements for step in one.options]
    assert all(text.startswith("PÅHITTAT-") for text in cited if text)
    titles = {source.title for one in agreements for source in one.sources}
    assert titles
    assert all(title.startswith("Påhittat ") for title in titles)


def test_an_amended_agreement_keeps_its_lots_lineage_and_leaves_no_day_between(agreements) -> None:
    by_id = {one.id: one for one in agreements}
    versions = [(by_id[one.replaces], one) for one in agreements if one.replaces]
    for old, new in versions:
        assert old.valid_to == new.valid_from - timedelta(days=1)
        assert {lot.lineage for lot in old.lots} == {lot.lineage for lot in new.lots}
        assert {lot.id for lot in old.lots}.isdisjoint(lot.id for lot in new.lots)
    assert versions


@pytest.fixture
def loaded(database) -> None:
    call_command("load_sweden", today=TODAY, verbosity=0)


def test_the_register_as_loaded_is_one_that_could_have_been_written(loaded) -> None:
    unfit = {
        draft.name: faults
        for draft in drafts_of(Row.objects.values_list("id", flat=True)).values()
        if (faults := faults_in_register(draft))
    }
    assert unfit == {}
    assert_a_joint_agreement_is_adopted_by_some()
    assert_sources_disagree()
    assert_an_option_is_due_soon()
    assert_weeks_and_sharing()


def assert_a_joint_agreement_is_adopted_by_some() -> None:
    joint = Row.objects.filter(cooperation="joint").values_list("id", flat=True)
    pages = [agreement_page(one, by=None, on=TODAY) for one in joint]
    assert {len(page.adoptions) for page in pages if page} == {1}
    assert {len(page.undecided) for page in pages if page} == {0, 1}


def assert_sources_disagree() -> None:
    by = administrator()
    told = Row.objects.filter(sources__isnull=False, tenant_id__in=by.tenants).distinct().get()
    page = agreement_page(told.id, by=by, on=TODAY)
    assert page is not None
    assert {line.source.field for line in page.sources if line.conflict} == {"valid_to_at_most"}


def assert_an_option_is_due_soon() -> None:
    found = reminders([Region.objects.get(code="01").tenant_id], on=TODAY)
    assert any(one.kind == "option_due" and one.day <= TODAY + SOON for one in found)


def assert_weeks_and_sharing() -> None:
    for statement in CapacityStatement.objects.prefetch_related("slots"):
        spans = {(slot.starts_at, slot.ends_at) for slot in statement.slots.all()}
        assert spans == {week_span(statement.week)}
        assert statement.week > TODAY
    assert CapacityStatement.objects.filter(places=8, week=date(2026, 3, 23)).count() == 7
    assert (ReleasePolicy.objects.count(), RegionQuota.objects.count()) == (1, 1)
    assert RegionQuota.objects.get().care.form != "open"
