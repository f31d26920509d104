"""Writes agreements: creates and rewrites drafts, amends what is in force, adopts what is joint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts import topics
from accounts.access import access_permission
from accounts.actions.trail import record
from accounts.errors import NotAllowed
from accounts.news import News, tell
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.access import access_buyer, access_own_party, access_to_edit
from contracts.drafts import AgreementDraft, Difference, LotDraft, SourceDraft, differences
from contracts.errors import (
    AlreadyAdopted,
    AnotherAgreement,
    NotALegalPerson,
    NotJoint,
    NotThatDay,
    UnfitAgreement,
    WrongAgreementState,
)
from contracts.lifecycle import DRAFTS, AgreementState
from contracts.models import (
    Adoption,
    Agreement,
    Cap,
    FollowOn,
    Lot,
    OptionStep,
    Party,
    PriceLine,
    SourceDocument,
)
from contracts.selectors.drafts import drafts_of, faults_in_register
from contracts.terms import DAY
from providers.models import Care, Clinic, Provider, Region
from providers.patterns import SWEDEN

Lineages = Mapping[tuple[str, str | None, str], UUID]
"""Ids that follow a lot (name, None, "") or a cap of it (name, region, period) from version to version."""
SAME = ("regime", "cooperation", "party", "seller", "reference")
"""What an amendment leaves as it is."""


@dataclass(frozen=True, kw_only=True)
class Amendment:
    """New terms from a day, and the days on which both sides signed them (own production: none)."""

    draft: AgreementDraft
    first_day: date
    signed_by_party_on: date | None = None
    signed_by_seller_on: date | None = None


@transaction.atomic
def create_agreement(*, by: Actor, draft: AgreementDraft, now: datetime) -> UUID:
    """Begin an agreement that the actor's region keeps; its id.

    Raises NotAllowed, NotALegalPerson or UnfitAgreement (with `faults`: code and field each).
    """
    access_permission(by, Permission.EDIT_AGREEMENTS)
    _refuse_faults(draft)
    row = _agreement_row(draft, by=by, now=now)
    row.save(force_insert=True)
    _write_parts(row, draft, {})
    record("agreement.created", row.id, by=by, now=now, reference=draft.reference)
    tell(*agreement_news(row, "agreement_changed"), now=now)
    return row.id


@transaction.atomic
def revise_agreement(
    *, by: Actor, agreement: UUID, draft: AgreementDraft, now: datetime
) -> tuple[Difference, ...]:
    """Write the terms of an unsigned agreement anew; what became different.

    Raises NotAllowed, WrongAgreementState (it is signed: amend it), NotALegalPerson or UnfitAgreement.
    Lots keep what is known of their award where their name stays.
    """
    row = access_to_edit(agreement, by=by)
    if AgreementState(row.state) not in DRAFTS or row.signed_by_party_on or row.signed_by_seller_on:
        raise WrongAgreementState(state=row.state)
    _refuse_faults(draft)
    before = drafts_of([row.id])[row.id]
    changed = differences(before, draft)
    if not changed:
        return ()
    fresh = _agreement_row(draft, by=by, now=now)
    if fresh.tenant_id != row.tenant_id:
        raise NotAllowed(permission=Permission.EDIT_AGREEMENTS.value)
    awards = {lot.name: lot for lot in row.lots.all()}
    kept = _lineages(row)
    _remove_parts(row)
    Agreement.objects.filter(id=row.id).update(**_own_fields(draft))
    _write_parts(row, draft, kept, awards)
    names = [one.field for one in changed]
    record("agreement.revised", row.id, by=by, now=now, fields=names)
    tell(*agreement_news(row, "agreement_changed"), now=now)
    return changed


@transaction.atomic
def amend_agreement(*, by: Actor, agreement: UUID, amendment: Amendment, now: datetime) -> UUID:
    """End an active agreement the day before new terms begin, and add the version with them; its id.

    What is used of a cap follows where lot, region and period stay the same. Under a joint agreement each
    region decides anew whether the new terms bind it. Raises NotAllowed,
    WrongAgreementState, NotThatDay (it begins tomorrow at the earliest, within the agreement, after the
    signatures), AnotherAgreement (with the fields), NotALegalPerson or UnfitAgreement.
    """
    old = access_to_edit(agreement, by=by)
    if old.state != AgreementState.ACTIVE or Agreement.objects.filter(replaces=old).exists():
        raise WrongAgreementState(state=old.state)
    draft = replace(amendment.draft, valid_from=amendment.first_day)
    _refuse_day(old, amendment, now.astimezone(SWEDEN).date())
    _refuse_faults(draft)
    before = drafts_of([old.id])[old.id]
    other = [name for name in SAME if getattr(before, name) != getattr(draft, name)]
    if other:
        raise AnotherAgreement(fields=other)
    kept = _lineages(old)
    row = _agreement_row(draft, by=by, now=now)
    row.tenant_id, row.replaces_id = old.tenant_id, old.id
    row.signed_by_party_on = amendment.signed_by_party_on
    row.signed_by_seller_on = amendment.signed_by_seller_on
    row.save(force_insert=True)
    _write_parts(row, draft, kept)
    last = amendment.first_day - DAY
    Agreement.objects.filter(id=old.id).update(valid_to=last, ended_at=now, ended_by_id=by.id)
    Agreement.objects.filter(id=row.id).update(state=AgreementState.ACTIVE)
    names = [one.field for one in differences(before, draft)]
    record("agreement.amended", row.id, by=by, now=now, replaces=str(old.id), fields=names)
    tell(*agreement_news(row, "agreement_changed"), now=now)
    return row.id


@dataclass(frozen=True, kw_only=True)
class AdoptionDecision:
    """A region's own decision to be bound by a joint agreement."""

    region: str
    on: date
    reference: str


@transaction.atomic
def adopt_agreement(
    *, by: Actor, agreement: UUID, decision: AdoptionDecision, now: datetime
) -> None:
    """Bind a region to a joint agreement under which it buys.

    Raises NotAllowed (not its own region), NotJoint, AlreadyAdopted, or NotThatDay for a day to come.
    """
    region = access_buyer(decision.region, by=by)
    row = Agreement.objects.filter(id=agreement, buyers=region, cooperation="joint").first()
    if row is None or not decision.reference.strip():
        raise NotJoint
    if decision.on > now.astimezone(SWEDEN).date():
        raise NotThatDay(latest=now.astimezone(SWEDEN).date().isoformat())
    _, made = Adoption.objects.get_or_create(
        agreement=row,
        region=region,
        defaults={
            "tenant_id": region.tenant_id,
            "adopted_on": decision.on,
            "decision_reference": decision.reference,
            "recorded_at": now,
            "recorded_by_id": by.id,
        },
    )
    if not made:
        raise AlreadyAdopted
    record("agreement.adopted", row.id, by=by, now=now, region=region.code)
    tell(*agreement_news(row, "agreement_changed"), now=now)


@transaction.atomic
def add_source(*, by: Actor, agreement: UUID, source: SourceDraft, now: datetime) -> None:
    """Say where a term of an agreement can be read, at any time; raises NotAllowed or UnfitAgreement."""
    row = access_to_edit(agreement, by=by)
    draft = drafts_of([row.id])[row.id]
    _refuse_faults(replace(draft, sources=(source,)))
    lots = {lot.name: lot.id for lot in row.lots.all()}
    SourceDocument.objects.bulk_create([_source(row, source, lots)])
    record("agreement.sourced", row.id, by=by, now=now, field=source.field)


def agreement_news(row: Agreement, kind: str) -> Iterable[News]:
    """News of an agreement for the regions that buy under it and the clinics that work under it."""
    data = {"agreement": str(row.id)}
    regions = row.buyers.values_list("code", flat=True)
    clinics = set(row.lots.values_list("clinic_id", flat=True))
    named = [*map(topics.region, regions), *map(topics.clinic, sorted(clinics))]
    return [News(topic=topic, kind=kind, data=data) for topic in named]


def _refuse_faults(draft: AgreementDraft) -> None:
    found = faults_in_register(draft)
    if any(fault.code == NotALegalPerson.code for fault in found):
        raise NotALegalPerson(party=draft.party)
    if found:
        raise UnfitAgreement(faults=[[fault.code, fault.field] for fault in found])


def _refuse_day(old: Agreement, amendment: Amendment, today: date) -> None:
    first = amendment.first_day
    earliest = max(today, old.valid_from) + DAY
    if first < earliest or (old.valid_to is not None and first > old.valid_to):
        raise NotThatDay(earliest=earliest.isoformat(), latest=str(old.valid_to or ""))
    if old.signed_by_party_on is None:
        return
    signed = (amendment.signed_by_party_on, amendment.signed_by_seller_on)
    if any(day is None or day > today for day in signed):
        raise NotThatDay(latest=today.isoformat())


def _agreement_row(draft: AgreementDraft, *, by: Actor, now: datetime) -> Agreement:
    """The unsaved row of a draft, kept by the party's tenant, or else by the first buyer's."""
    party = access_own_party(draft.party, by=by) if draft.party else None
    keeper = party.tenant_id if party else access_buyer(draft.buyers[0], by=by).tenant_id
    return Agreement(
        id=uuid4(),
        tenant_id=keeper,
        state=AgreementState.INITIATED,
        recorded_at=now,
        recorded_by_id=by.id,
        **_own_fields(draft),
    )


def _own_fields(draft: AgreementDraft) -> dict[str, Any]:
    same = ("name", "reference", "regime", "cooperation", "open_for_others", "source_document")
    days = ("valid_from", "valid_to", "valid_to_at_most")
    seller = Provider.objects.get(organisation_number=draft.seller)
    return {name: getattr(draft, name) for name in (*same, *days)} | {
        "party": Party.objects.filter(organisation_number=draft.party).first(),
        "seller": seller,
        "confidentiality": dict(draft.confidentiality),
        "synthetic": seller.synthetic,
    }


def _lineages(row: Agreement) -> Lineages:
    lots = list(row.lots.prefetch_related("caps"))
    kept: dict[tuple[str, str | None, str], UUID] = {}
    for lot in lots:
        kept[lot.name, None, ""] = lot.lineage
        kept |= {(lot.name, cap.region_id, cap.period): cap.lineage for cap in lot.caps.all()}
    return kept


def _remove_parts(row: Agreement) -> None:
    for part in (SourceDocument, OptionStep, Lot):
        part._default_manager.filter(agreement=row).delete()
    row.buyers.clear()
    row.usable_by.clear()


def _write_parts(
    row: Agreement,
    draft: AgreementDraft,
    kept: Lineages,
    awards: Mapping[str, Lot] | None = None,
) -> None:
    row.buyers.set(Region.objects.filter(code__in=draft.buyers))
    row.usable_by.set(Region.objects.filter(code__in=draft.usable_by))
    OptionStep.objects.bulk_create(
        OptionStep(agreement=row, number=number, months=option.months, decide_by=option.decide_by)
        for number, option in enumerate(draft.options, start=1)
    )
    clinics = dict(
        Clinic.objects.filter(hsa_id__in={lot.clinic for lot in draft.lots}).values_list(
            "hsa_id", "id"
        )
    )
    rows = {lot.name: _lot_row(row, lot, clinics, kept, awards or {}) for lot in draft.lots}
    Lot.objects.bulk_create(rows.values())
    for lot in draft.lots:
        _write_lot(rows[lot.name], lot, kept)
    lots = {name: lot.id for name, lot in rows.items()}
    SourceDocument.objects.bulk_create(_source(row, source, lots) for source in draft.sources)


def _lot_row(
    row: Agreement,
    lot: LotDraft,
    clinics: Mapping[str, UUID],
    kept: Lineages,
    awards: Mapping[str, Lot],
) -> Lot:
    limits = ("name", "qualified", "age_min", "age_max", "bmi_max", "asa_max")
    award = awards.get(lot.name)
    return Lot(
        id=uuid4(),
        agreement=row,
        clinic_id=clinics[lot.clinic],
        lineage=kept.get((lot.name, None, "")) or uuid4(),
        award_notified_on=award.award_notified_on if award else None,
        notified_electronically=award.notified_electronically if award else True,
        excluded_needs=list(lot.excluded_needs),
        accepts_referrer_assessment=lot.accepts_referrer_assessment,
        follow_on_reserved=bool(lot.follow_ons),
        **{name: getattr(lot, name) for name in limits},
    )


def _write_lot(row: Lot, lot: LotDraft, kept: Lineages) -> None:
    row.cares.set(Care.objects.filter(code__in=lot.cares))
    Cap.objects.bulk_create(
        Cap(
            lot=row,
            lineage=kept.get((lot.name, cap.region, cap.period)) or uuid4(),
            region_id=cap.region,
            places=cap.places,
            period=cap.period,
        )
        for cap in lot.caps
    )
    FollowOn.objects.bulk_create(
        FollowOn(lot=row, investigation_id=one.investigation, treatment_id=one.treatment)
        for one in lot.follow_ons
    )
    names = ("model", "amount", "subscription", "unit", "list_name", "list_version")
    PriceLine.objects.bulk_create(
        PriceLine(
            lot=row,
            care_id=price.care,
            valid_from=price.valid_from,
            valid_to=price.valid_to,
            synthetic=row.agreement.synthetic,
            **{name: getattr(price, name) for name in names},
        )
        for price in lot.prices
    )


def _source(row: Agreement, source: SourceDraft, lots: Mapping[str, UUID]) -> SourceDocument:
    names = ("field", "title", "url", "sha256", "says", "retrieved_on")
    return SourceDocument(
        agreement=row,
        lot_id=lots[source.lot] if source.lot else None,
        **{name: getattr(source, name) for name in names},
    )
