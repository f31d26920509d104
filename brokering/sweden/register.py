"""What the synthetic register says of agreements beside their terms, and agreements in every part of a life.

Who signs and when, options, sources, who is bound; an earlier version, the next procurement, regions that
buy from each other. Every document, decision and diary number is invented, and says so.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from brokering.sweden.agreements import Drafting, agreements, lots_for
from brokering.sweden.capacity import (
    Adoption,
    Agreement,
    Cap,
    Clinic,
    Lot,
    Option,
    Party,
    Source,
)
from brokering.sweden.identifiers import organisation_number, stable_id
from brokering.sweden.units import UNIVERSITY_UNIT
from contracts.lifecycle import DRAFTS, AgreementState, Kind, kind_of, months_later

DAY = timedelta(days=1)
AWARDED_BEFORE, SIGNED_BEFORE = timedelta(days=60), timedelta(days=45)
"""How long before the first day the award was sent out and the buyers signed: a choice."""
PERIOD = 18
"""What follows happens to one private clinic in so many: there are so many kinds of them."""
OPTION_DUE, OPTION_USED, AMENDED, PROCURED_AGAIN = 1, 9, 7, 2
PRICES_AMONG_PARTIES = 2
FEDERATION_REGION, BOUGHT_FROM = "03", "14"
"""Whose university hospitals sell to a federation, and to one other region."""


def register(drafting: Drafting, clinics: tuple[Clinic, ...]) -> Iterator[Agreement]:
    """Every agreement of the country: first one per clinic, then what surrounds some of them."""
    written = [_recorded(drafting, one) for one in agreements(drafting, clinics)]
    yield from written
    for one in written:
        if one.replaces:
            yield _before(drafting, one)
        if _is(one, PROCURED_AGAIN):
            yield _next(drafting, one)
    yield from _between_regions(drafting, clinics)


def federation(drafting: Drafting) -> Party:
    """The invented kommunalförbund of three regions."""
    return Party(
        id=stable_id(drafting.seed, "party", 1),
        name="Påhittade vårdförbundet",
        organisation_number=organisation_number(900_001),
        transfer_reference="Påhittat beslut om överlåten behörighet, dnr PÅHITTAT-1",
        members=drafting.referring(FEDERATION_REGION)[:3],
    )


def _is(one: Agreement, number: int) -> bool:
    return one.number % PERIOD == number and one.state == "active"


def _recorded(drafting: Drafting, one: Agreement) -> Agreement:
    """The agreement with its reference, signatures, options, sources and adoptions."""
    if one.regime == "own":
        return replace(one, reference=f"PÅHITTAT-{one.clinic.number}")
    hidden = one.regime == "lou" and one.number % 6 == PRICES_AMONG_PARTIES
    if _is(one, AMENDED):
        one = replace(
            one,
            valid_from=drafting.today - 2 * AWARDED_BEFORE,
            replaces=stable_id(drafting.seed, "agreement", f"before {one.clinic.number}"),
        )
    one = replace(
        one,
        reference=f"PÅHITTAT-{one.clinic.number}",
        confidentiality=(("prices", "parties"),) if hidden else (),
        adoptions=_adoptions(one),
        lots=tuple(_capped_per_buyer(one, lot) for lot in one.lots),
        price_model="digital_contact" if one.clinic.unit.key == "digital" else "",
    )
    return _signed(_optional(drafting, one))


def _adoptions(one: Agreement) -> tuple[Adoption, ...]:
    """The first region signs; the second has adopted the agreement, the third not yet."""
    if one.cooperation != "joint":
        return ()
    return tuple(
        Adoption(region, one.valid_from - DAY, f"PÅHITTAT-{one.clinic.number}-{region}")
        for region in one.buyers[1:2]
    )


def _capped_per_buyer(one: Agreement, lot: Lot) -> Lot:
    """What is bought together is divided: two thirds for who signs, a third for the next region."""
    if one.cooperation != "joint":
        return lot
    divided = [
        Cap(max(cap.places * share // 3, 1), cap.period, region)
        for cap in lot.caps
        for region, share in zip(one.buyers, (2, 1), strict=False)
    ]
    return replace(lot, caps=(*lot.caps, *divided))


def _optional(drafting: Drafting, one: Agreement) -> Agreement:
    """LOU agreements in force may be extended twice by a year; of one the day to decide is near, one has
    been extended, and its sources do not agree on how long it may last."""
    if one.regime != "lou" or one.state != "active" or one.valid_to is None:
        return one
    due = one.valid_to - timedelta(days=180)
    if _is(one, OPTION_DUE):
        due = drafting.today + timedelta(days=21)
    options = (Option(months=12, decide_by=due), Option(months=12))
    at_most = months_later(one.valid_to, 24)
    if _is(one, OPTION_USED):
        used = Option(
            months=12,
            decide_by=one.valid_from + timedelta(days=300),
            used_on=one.valid_from + timedelta(days=280),
            decision_reference=f"PÅHITTAT-{one.clinic.number}-1",
        )
        options = (used, options[0])
        at_most = months_later(one.valid_to, 12)
    sources = _sources(one.valid_to, at_most) if _is(one, OPTION_USED) else ()
    return replace(one, options=options, valid_to_at_most=at_most, sources=sources)


def _sources(valid_to: date, at_most: date) -> tuple[Source, ...]:
    contract, record = "Påhittat avtalsdokument", "Påhittat protokoll från nämnden"
    return (
        Source("valid_to", contract, valid_to.isoformat()),
        Source("valid_to_at_most", contract, at_most.isoformat()),
        Source("valid_to_at_most", record, (at_most - DAY).isoformat()),
        Source("options", record, "12 + 12 månader"),
    )


def _signed(one: Agreement) -> Agreement:
    """Awards are sent out and signatures given so long before the first day; nothing that is not so far."""
    kind = kind_of(one.regime, one.cooperation)
    state = AgreementState(one.state)
    awarded = one.valid_from - AWARDED_BEFORE
    late = state not in DRAFTS or state == AgreementState.STANDSTILL
    sent = kind is Kind.PROCURED and late and one.replaces is None
    if state not in DRAFTS:
        one = replace(one, signed_on=one.valid_from - SIGNED_BEFORE)
    return replace(one, lots=_told(one.lots, awarded)) if sent else one


def _told(lots: tuple[Lot, ...], on: date) -> tuple[Lot, ...]:
    return tuple(replace(lot, award_notified_on=on) for lot in lots)


def _before(drafting: Drafting, one: Agreement) -> Agreement:
    """The version that an amended agreement replaced: for older patients only, and cheaper."""
    assert one.replaces is not None
    begun = date(drafting.today.year - 2, 1, 1)
    lots = tuple(
        replace(
            lot,
            id=stable_id(drafting.seed, "lot", f"before {lot.lineage}"),
            age_min=40 if lot.age_min else None,
            award_notified_on=begun - AWARDED_BEFORE,
        )
        for lot in one.lots
    )
    return replace(
        one,
        id=one.replaces,
        replaces=None,
        state="ended",
        valid_from=begun,
        valid_to=one.valid_from - DAY,
        signed_on=begun - SIGNED_BEFORE,
        lots=lots,
        cheaper_by=100,
    )


def _next(drafting: Drafting, one: Agreement) -> Agreement:
    """The next procurement of the same care: the seller did not qualify for one lot; the award of the last
    one was changed, so that its standstill runs alone."""
    assert one.valid_to is not None
    first, *rest = lots_for(drafting, one.clinic, one.number, "next lot")
    evenings = replace(
        first,
        id=stable_id(drafting.seed, "next lot", f"{one.clinic.number}:kvällar"),
        lineage=stable_id(drafting.seed, "next lot", f"{one.clinic.number}:kvällar"),
        name=f"{first.name} kvällar och helger",
        qualified=False,
    )
    days = (timedelta(days=12), timedelta(days=4))
    awarded = [
        replace(lot, award_notified_on=drafting.today - ago)
        for lot, ago in zip((first, *rest), days, strict=False)
    ]
    return replace(
        one,
        id=stable_id(drafting.seed, "agreement", f"next {one.clinic.number}"),
        name=f"Påhittad ny upphandling {one.number}: {one.clinic.name}",
        reference=f"PÅHITTAT-{one.clinic.number}-NY",
        state="standstill",
        valid_from=one.valid_to + DAY,
        valid_to=months_later(one.valid_to, 48),
        valid_to_at_most=months_later(one.valid_to, 72),
        options=(Option(months=24),),
        sources=(),
        adoptions=(),
        signed_on=None,
        lots=(*awarded, evenings),
    )


def _between_regions(drafting: Drafting, clinics: tuple[Clinic, ...]) -> Iterator[Agreement]:
    """Two university hospitals sell to others: to the federation with a subscription, to a region without."""
    sellers = {clinic.region: clinic for clinic in clinics if clinic.unit is UNIVERSITY_UNIT}
    signs = federation(drafting)
    seller = sellers[FEDERATION_REGION]
    yield replace(
        _sold(drafting, seller, signs.members),
        federation=signs,
        price_model="subscription_and_unit",
    )
    seller = sellers[BOUGHT_FROM]
    yield replace(
        _sold(drafting, seller, drafting.referring(BOUGHT_FROM)[:1]),
        confidentiality=(("prices", "parties"), ("caps", "regions")),
    )


def _sold(drafting: Drafting, clinic: Clinic, buyers: tuple[str, ...]) -> Agreement:
    begun = date(drafting.today.year - 1, 1, 1)
    lots = lots_for(drafting, clinic, 0, "sold lot")
    return Agreement(
        id=stable_id(drafting.seed, "agreement", f"sold {clinic.number}"),
        number=0,
        name=f"Påhittat avtal mellan regioner: {clinic.name}",
        clinic=clinic,
        regime="own",
        cooperation="inter_regional",
        state="active",
        reference=f"PÅHITTAT-{clinic.number}-REGION",
        buyers=buyers,
        usable_by=(),
        open_for_others="after_agreement",
        valid_from=begun,
        valid_to=date(drafting.today.year + 2, 12, 31),
        signed_on=begun - SIGNED_BEFORE,
        lots=tuple(
            replace(lot, caps=tuple(Cap(60, "year", region) for region in buyers)) for lot in lots
        ),
        price_model="per_unit",
    )
