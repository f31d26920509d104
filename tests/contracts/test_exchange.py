"""Files of agreements: what is written is read back, each row gets its fate, again changes nothing."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.errors import NotAllowed
from accounts.models import Event
from accounts.roles import Role
from accounts.tenancy import acting_as
from contracts.actions.agreements import add_source
from contracts.actions.exchange import import_agreements
from contracts.drafts import (
    AgreementDraft,
    CapDraft,
    FollowOnDraft,
    LotDraft,
    OptionDraft,
    PriceDraft,
    SourceDraft,
    faults,
)
from contracts.errors import UnreadableAgreements
from contracts.exchange.sheets import csv_text, read_csv
from contracts.exchange.structured import Unreadable, json_text, read_json
from contracts.models import Agreement
from contracts.selectors.drafts import drafts_of
from contracts.selectors.exchange import Wanted, handed_out
from tests.contracts.agreements import (
    a_draft,
    active,
    administrator,
    amended,
    awarded,
    created,
    does,
    rich_draft,
)
from tests.factories import NOW, TODAY, a_clinic, a_region, acting, staff

# Round trips

words = st.text(
    st.characters(whitelist_categories=["L", "N"], whitelist_characters=" ,;\"'/"), max_size=30
)
name = words.map(lambda text: f"A{text}".strip())
maybe_name = st.one_of(st.just(""), name)
codes = st.sampled_from(["besok-ogon", "op-ortopedi", "op-gra-starr", "besok-hud"])
regions = st.sampled_from(["01", "03", "04", "12", "25"])
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
money = st.decimals(0, 10**7, places=2)
limits = st.one_of(st.none(), st.integers(0, 130))


@st.composite
def prices(draw, care):
    model = draw(st.sampled_from(["per_unit", "riksavtal_list", "not_agreed"]))
    amounts = st.none() if model == "not_agreed" else st.one_of(st.none(), money)
    return PriceDraft(
        care=care,
        model=model,
        valid_from=draw(days),
        amount=draw(amounts),
        subscription=draw(amounts),
        unit=draw(maybe_name),
        list_name=draw(maybe_name),
    )


@st.composite
def lots(draw, number):
    cares = tuple(sorted(draw(st.sets(codes, min_size=1, max_size=3))))
    lines = [draw(prices(care)) for care in cares for _ in range(draw(st.integers(0, 2)))]
    lines = list({(line.care, line.valid_from): line for line in lines}.values())
    caps = [
        CapDraft(places=draw(st.integers(0, 10**6)), period=period, region=region)
        for region, period in draw(
            st.sets(st.tuples(st.one_of(st.none(), regions), st.sampled_from(["month", "whole"])))
        )
    ]
    low, high = draw(limits), draw(limits)
    return LotDraft(
        name=f"{draw(name)} {number}",
        clinic="SE5560000000-T00001",
        cares=cares,
        qualified=draw(st.booleans()),
        age_min=low,
        age_max=high if high is None or low is None or high >= low else None,
        excluded_needs=tuple(
            draw(st.lists(st.sampled_from(["tolk", "intensivvard"]), unique=True))
        ),
        accepts_referrer_assessment=draw(st.booleans()),
        follow_ons=draw(
            st.sampled_from(
                [(), (FollowOnDraft(investigation="besok-ogon", treatment="op-gra-starr"),)]
            )
        ),
        caps=tuple(sorted(caps, key=lambda cap: (cap.region or "", cap.period))),
        prices=tuple(sorted(lines, key=lambda line: (line.care, line.valid_from))),
    )


@st.composite
def drafts(draw, reference):
    first = draw(days)
    own = draw(st.sets(regions, min_size=1, max_size=1))
    parts = [draw(lots(number)) for number in range(draw(st.integers(1, 3)))]
    return AgreementDraft(
        name=draw(name),
        reference=reference,
        regime=draw(st.sampled_from(["own", "lou", "lov", "lol", "lof"])),
        seller="5560000001",
        party=draw(st.sampled_from([None, "2321000016"])),
        buyers=tuple(own),
        usable_by=tuple(sorted(draw(st.sets(regions)) - own)),
        valid_from=first,
        valid_to=first + timedelta(days=draw(st.integers(0, 4000))),
        confidentiality=draw(st.sampled_from([(), (("prices", "parties"),)])),
        source_document=draw(maybe_name),
        options=tuple(
            OptionDraft(months=months, decide_by=by)
            for months, by in draw(
                st.lists(st.tuples(st.integers(1, 48), st.one_of(st.none(), days)), max_size=3)
            )
        ),
        lots=tuple(sorted(parts, key=lambda lot: lot.name)),
    )


@st.composite
def registers(draw):
    return [draw(drafts(f"RS {number}")) for number in range(draw(st.integers(1, 3)))]


@settings(max_examples=60, deadline=None)
@given(registers())
def test_what_is_written_as_json_or_csv_is_read_back_the_same(register):
    assert [faults(draft) for draft in register] == [()] * len(register)
    assert [one.draft for one in read_json(json_text(register))] == register
    assert [one.draft for one in read_csv(csv_text(register))] == register


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text):
    for form in ("json", "csv"):
        with_header = csv_text([]) + text if form == "csv" else text
        with suppress(Unreadable):
            (read_csv if form == "csv" else read_json)(with_header)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"nmae": "x"}, "unknown_field", "nmae"),
        ({"valid_from": "1/2 2026"}, "not_a_day", "valid_from"),
        ({"valid_from": None}, "not_a_day", "valid_from"),
        ({"buyers": "01"}, "not_a_list", "buyers"),
        ({"lots": [{"name": "x"}]}, "missing", "lots.clinic"),
        ({"name": 7}, "not_text", "name"),
        ({"name": "a\0"}, "not_text", "name"),
        ({"options": [{"months": True}]}, "not_whole", "options.months"),
        ({"confidentiality": ["prices"]}, "not_a_list", "confidentiality"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(change, code, field):
    value = json.loads(json_text([plain()]))["agreements"][0] | change
    (read,) = read_json(json.dumps([value]))
    assert (read.fault.code, read.fault.field) == (code, field)


def plain():
    return AgreementDraft(
        name="A", regime="lou", seller="1", buyers=("01",), valid_from=date(2026, 1, 1)
    )


# The register


@pytest.fixture
def by(database):
    return administrator()


def taken_in(by, text, form="json", **also):
    with acting_as(by):
        return import_agreements(by=by, text=text, form=form, now=NOW, **also)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_file_is_taken_in_once_and_reading_it_again_changes_nothing(by, form):
    drafts = [rich_draft(a_clinic(), reference=f"RS {one}") for one in range(2)]
    text = json_text(drafts) if form == "json" else csv_text(drafts)
    assert {fate.outcome for fate in taken_in(by, text, form)} == {"created"}
    events = Event.objects.count()
    assert {fate.outcome for fate in taken_in(by, text, form)} == {"unchanged"}
    assert Event.objects.count() == events
    assert sorted(drafts_of(Agreement.objects.values_list("id", flat=True)).values(), key=str) == (
        sorted(drafts, key=str)
    )


def test_a_trial_tells_every_fate_and_keeps_nothing(by):
    good = rich_draft(a_clinic(), reference="RS 1")
    bad = replace(rich_draft(a_clinic(), reference="RS 2"), seller="5569999997")
    fates = taken_in(by, json_text([good, bad]), dry_run=True)
    assert [(fate.outcome, fate.code, fate.field) for fate in fates] == [
        ("created", "", ""),
        ("refused", "unknown_code", "seller"),
    ]
    assert not Agreement.objects.exists()
    assert not Event.objects.filter(verb="created").exists()


def test_one_that_is_refused_keeps_no_other_out(by):
    drafts = [
        a_draft(reference="RS 1", buyers=("03",), party=None),
        a_draft(reference="RS 2", party=a_region("01").cooperation_area),
        a_draft(reference=""),
        a_draft(reference="RS 3"),
        a_draft(reference="RS 3"),
    ]
    fates = taken_in(by, json_text(drafts))
    assert [(fate.outcome, fate.code) for fate in fates] == [
        ("refused", "not_allowed"),
        ("refused", "not_a_legal_person"),
        ("refused", "missing"),
        ("created", ""),
        ("refused", "stands_twice"),
    ]
    assert Agreement.objects.count() == 1


def test_what_is_there_is_never_imported_over(by):
    clinic = a_clinic()
    draft = a_draft(clinic, reference="RS 1")
    created(draft, by)
    (fate,) = taken_in(by, json_text([replace(draft, name="Nytt")]))
    assert (fate.outcome, fate.code, fate.field) == ("refused", "differs", "name")


def test_a_file_with_every_version_of_an_agreement_is_known_again(by):
    row = active(rich_draft(a_clinic(), reference="RS 1"), by)
    new = amended(row, by, TODAY + timedelta(days=30), name="Nytt namn")
    versions = list(drafts_of([row.id, new.id]).values())
    fates = taken_in(by, json_text([*versions, versions[0]]))
    assert {fate.agreement for fate in fates[:2]} == {row.id, new.id}
    said = [(fate.outcome, fate.code) for fate in fates]
    assert said == [("unchanged", ""), ("unchanged", ""), ("refused", "stands_twice")]


@pytest.mark.parametrize("text", ["", "{", "7", '{"a": 1}', "[" * 100_000, '[{"name": 1.5}]'])
def test_what_is_no_file_of_agreements_is_refused_whole(by, text):
    with pytest.raises(UnreadableAgreements):
        taken_in(by, text)


def test_a_clinic_takes_in_nothing(database):
    clinic = a_clinic()
    who = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with pytest.raises(NotAllowed):
        taken_in(who, json_text([a_draft(clinic)]))


def test_what_is_confidential_is_handed_to_the_parties_alone(by):
    row = active(rich_draft(a_clinic(), reference="RS 1"), by)
    (mine,) = handed_out(Wanted(), by=by)
    (seen,) = handed_out(Wanted(), by=None)
    assert mine.draft.lots[0].prices
    assert (seen.draft.lots[0].prices, seen.hidden) == ((), ("prices",))
    assert seen.id == row.id


def test_two_documents_that_disagree_are_a_conflict_and_two_that_agree_are_none(by):
    row = active(a_draft(), by)
    for title, says in (("Avtal", "120 000"), ("Protokoll", "130 000"), ("Bilaga", "120 000")):
        source = SourceDraft(field="caps", title=title, says=says, retrieved_on=TODAY)
        does(add_source, by, row, source=source)
    (one,) = handed_out(Wanted(), by=None)
    assert one.conflicts == ("caps",)


# REST


def client(region="01"):
    session = Client()
    user = staff(Role.REGION_ADMINISTRATOR, a_region(region).tenant)
    session.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return session


def posted(session, text, kind="application/json", **also):
    headers = {"Idempotency-Key": str(uuid4())}
    return session.post(
        "/api/v1/agreements", text, content_type=kind, headers=headers, query_params=also
    )


def test_a_file_fetched_from_one_register_is_taken_in_by_another(by):
    session = client()
    text = csv_text([rich_draft(a_clinic(), reference="RS 1")])
    trial = posted(session, text, "text/csv", dry_run="true").json()
    assert (trial["created"], trial["dry_run"], Agreement.objects.count()) == (1, True, 0)
    assert posted(session, text, "text/csv").json()["created"] == 1
    for form, kind in (("json", "application/json"), ("csv", "text/csv")):
        fetched = session.get(f"/api/v1/agreements/export.{form}").content
        assert posted(session, fetched, kind).json()["unchanged"] == 1


def test_the_register_is_public_by_page_and_filter(by):
    for one in range(3):
        awarded(a_draft(reference=f"RS {one}", valid_to=TODAY), by)
    assert len(Client().get("/api/v1/agreements").json()["agreements"]) == 3
    assert Client().get("/api/v1/agreements", {"buyer": "25"}).json()["agreements"] == []
    found = Client().get("/api/v1/agreements", {"buyer": "01", "state": "awarded"}).json()
    assert found["agreements"][0]["terms"]["buyers"] == ["01"]
    assert Client().get("/api/v1/agreements", {"after": "x"}).status_code == 422


def test_before_the_award_the_register_tells_the_buyers_alone(by):
    created(a_draft(reference="RS 1"), by)
    found = [who.get("/api/v1/agreements").json() for who in (Client(), client("25"), client())]
    assert [len(one["agreements"]) for one in found] == [0, 0, 1]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"\xff\xfe", "text/csv"), (b"<html>", "application/json"), (b"a,b", "text/csv")],
)
def test_a_hostile_body_is_refused_with_a_code(by, body, kind):
    answer = posted(client(), body, kind)
    assert (answer.status_code, answer.json()["code"]) == (422, "agreements_unreadable")


def test_amounts_are_exact(by):
    draft = rich_draft(a_clinic(), reference="RS 1")
    price = replace(draft.lots[0].prices[0], amount=Decimal("0.005"))
    wrong = replace(draft, lots=(replace(draft.lots[0], prices=(price,)),))
    (fate,) = taken_in(by, json_text([wrong]))
    assert (fate.code, fate.field) == ("too_exact", "lots.prices.amount")
