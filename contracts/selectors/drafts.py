"""Agreements as whole values: what is edited, compared, sent and received."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet

from contracts.drafts import (
    AgreementDraft,
    CapDraft,
    Fault,
    FollowOnDraft,
    LotDraft,
    OptionDraft,
    PriceDraft,
    SourceDraft,
    faults,
    names_an_area,
)
from contracts.models import Agreement, Lot, OptionStep, Party, PriceLine
from providers.codes import BadCode, legal_person
from providers.models import Care, Clinic, Provider, Region


def drafts_of(agreements: Iterable[UUID]) -> dict[UUID, AgreementDraft]:
    """The agreements as they stand, by id, in the order of their names."""
    return {row.id: _draft(row) for row in _whole(Agreement.objects.filter(id__in=agreements))}


def faults_in_register(draft: AgreementDraft) -> tuple[Fault, ...]:
    """Everything that is wrong with a draft: by itself, and codes that the register does not know."""
    own = faults(draft)
    return own or tuple(dict.fromkeys(_unknown(draft)))


def _unknown(draft: AgreementDraft) -> Iterator[Fault]:
    clinics = {lot.clinic for lot in draft.lots}
    found = Clinic.objects.filter(hsa_id__in=clinics).values_list(
        "hsa_id", "provider__organisation_number"
    )
    owners = dict(found)
    if not Provider.objects.filter(organisation_number=draft.seller).exists():
        yield _unknown_number(draft.seller, "seller")
    yield from _unknown_party(draft)
    yield from _missing(Region, [*draft.buyers, *draft.usable_by], "buyers")
    caps = {cap.region for lot in draft.lots for cap in lot.caps if cap.region}
    yield from _missing(Region, caps, "lots.caps")
    yield from _missing(Care, {care for lot in draft.lots for care in lot.cares}, "lots.cares")
    treatments = {code for lot in draft.lots for one in lot.follow_ons for code in _pair(one)}
    yield from _missing(Care, treatments, "lots.follow_ons")
    if clinics - set(owners):
        yield Fault("unknown_code", "lots.clinic")
    elif set(owners.values()) - {draft.seller}:
        yield Fault("not_the_sellers", "lots.clinic")


def _unknown_party(draft: AgreementDraft) -> Iterator[Fault]:
    """A party must be known, be no cooperation region, and sign for the buyers unless they buy together."""
    if draft.party is None:
        return
    party = Party.objects.filter(organisation_number=draft.party).first()
    if party is None:
        is_area = names_an_area(draft.party, cooperation_areas())
        named = Fault("not_a_legal_person", "party")
        yield named if is_area else _unknown_number(draft.party, "party")
    elif draft.cooperation != Agreement.Cooperation.JOINT:
        members = set(party.members.values_list("code", flat=True))
        if not set(draft.buyers) <= members:
            yield Fault("not_the_partys", "buyers")


def cooperation_areas() -> list[str]:
    """The names of the cooperation areas (samverkansregioner)."""
    return list(Region.objects.values_list("cooperation_area", flat=True).distinct())


def _unknown_number(text: str, field: str) -> Fault:
    """Whether a number that nobody here has could be somebody's, in Sweden or abroad."""
    try:
        legal_person(text)
    except BadCode:
        return Fault("not_an_organisation_number", field)
    return Fault("unknown_code", field)


def _missing(model: type[Region | Care], codes: Iterable[str], field: str) -> Iterator[Fault]:
    wanted = set(codes)
    if model._default_manager.filter(code__in=wanted).count() < len(wanted):
        yield Fault("unknown_code", field)


def _pair(one: FollowOnDraft) -> tuple[str, str]:
    return one.investigation, one.treatment


def _whole(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    parts = ("lots__cares", "lots__caps", "lots__prices", "lots__follow_ons", "lots__clinic")
    return (
        rows.select_related("party", "seller")
        .prefetch_related("buyers", "usable_by", "options", "sources__lot", *parts)
        .order_by("name", "id")
    )


def _draft(row: Agreement) -> AgreementDraft:
    return AgreementDraft(
        name=row.name,
        reference=row.reference,
        regime=row.regime,
        cooperation=row.cooperation,
        party=row.party.organisation_number if row.party else None,
        seller=row.seller.organisation_number,
        buyers=tuple(sorted(region.code for region in row.buyers.all())),
        usable_by=tuple(sorted(region.code for region in row.usable_by.all())),
        open_for_others=row.open_for_others,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        valid_to_at_most=row.valid_to_at_most,
        confidentiality=tuple(sorted(row.confidentiality.items())),
        source_document=row.source_document,
        options=tuple(OptionDraft(months=o.months, decide_by=o.decide_by) for o in _unused(row)),
        lots=tuple(sorted(map(_lot, row.lots.all()), key=lambda lot: lot.name)),
        sources=tuple(
            SourceDraft(
                lot=source.lot.name if source.lot else "",
                field=source.field,
                title=source.title,
                url=source.url,
                sha256=source.sha256,
                says=source.says,
                retrieved_on=source.retrieved_on,
            )
            for source in row.sources.all()
        ),
    )


def _unused(row: Agreement) -> list[OptionStep]:
    return [option for option in row.options.all() if option.used_on is None]


def _lot(lot: Lot) -> LotDraft:
    return LotDraft(
        name=lot.name,
        clinic=lot.clinic.hsa_id,
        cares=tuple(sorted(care.code for care in lot.cares.all())),
        qualified=lot.qualified,
        age_min=lot.age_min,
        age_max=lot.age_max,
        bmi_max=lot.bmi_max,
        asa_max=lot.asa_max,
        excluded_needs=tuple(lot.excluded_needs),
        accepts_referrer_assessment=lot.accepts_referrer_assessment,
        follow_ons=tuple(
            sorted(
                (
                    FollowOnDraft(investigation=f.investigation_id, treatment=f.treatment_id)
                    for f in lot.follow_ons.all()
                ),
                key=_pair,
            )
        ),
        caps=tuple(
            sorted(
                (
                    CapDraft(places=cap.places, period=cap.period, region=cap.region_id)
                    for cap in lot.caps.all()
                ),
                key=lambda cap: (cap.region or "", cap.period),
            )
        ),
        prices=tuple(
            sorted(map(_price, lot.prices.all()), key=lambda price: (price.care, price.valid_from))
        ),
    )


def _price(line: PriceLine) -> PriceDraft:
    return PriceDraft(
        care=line.care_id,
        model=line.model,
        valid_from=line.valid_from,
        valid_to=line.valid_to,
        amount=line.amount,
        subscription=line.subscription,
        unit=line.unit,
        list_name=line.list_name,
        list_version=line.list_version,
    )
