"""Agreements as pages show them: who may use what, how long, and how much of the cap is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.models import Agreement, Cap, CapUse, Lot
from contracts.terms import cap_period_of
from providers.models import Care

SECRET = (
    Agreement.State.INITIATED,
    Agreement.State.ADVERTISED,
    Agreement.State.EVALUATING,
)
"""Before the award nobody but the buyers knows who is meant to get it (19 kap. 3 § OSL)."""
SOON_DAYS = 90
"""An agreement that ends within this many days is pointed out."""


@dataclass(frozen=True, kw_only=True)
class CapCard:
    """A volume cap and what is used of it in this period; `region` is empty where it counts everyone."""

    region: str
    places: int
    period: str
    used: int

    @property
    def left(self) -> int:
        """Places left in this period."""
        return max(self.places - self.used, 0)


@dataclass(frozen=True, kw_only=True)
class LotCard:
    """One lot: the clinic, its cares, whom it takes, and what is used of its caps in this period."""

    id: UUID
    name: str
    clinic_id: UUID
    clinic: str
    cares: tuple[Care, ...]
    age_min: int | None
    age_max: int | None
    bmi_max: int | None
    asa_max: int | None
    accepts_referrer_assessment: bool
    caps: tuple[CapCard, ...]
    prices: tuple[str, ...]


BOTH_SIGNED = (Agreement.State.SIGNED, Agreement.State.ACTIVE)


@dataclass(frozen=True, kw_only=True)
class AgreementCard:
    """One agreement with its lots, and how it stands on a day."""

    id: UUID
    name: str
    regime: str
    standing: str
    """in_force, ends_soon, not_yet, ended or not_signed."""
    seller: str
    buyers: tuple[str, ...]
    usable_by: tuple[str, ...]
    open_for_others: str
    valid_from: date
    valid_to: date | None
    source_document: str
    lots: tuple[LotCard, ...]


def bought_by(region: str) -> Q:
    """Agreements of which the region is a buyer."""
    buyers = Agreement.buyers.through.objects.filter(agreement=OuterRef("pk"))
    return Q(Exists(buyers.filter(region=region)))


def with_care(code: str) -> Q:
    """Agreements with a lot for the care."""
    return Q(Exists(Lot.objects.filter(agreement=OuterRef("pk"), cares=code)))


def readable(by: Actor | None) -> Q:
    """The agreements that the actor may know of: all from the award on, before it those they buy under."""
    mine = by.tenants_where(Permission.SEE_AGREEMENTS) if by else frozenset()
    buying = Agreement.buyers.through.objects.filter(
        agreement=OuterRef("pk"), region__tenant_id__in=mine
    )
    return ~Q(state__in=SECRET) | Q(tenant_id__in=mine) | Q(Exists(buying))


def agreements_of_clinic(clinic: UUID, *, by: Actor | None, on: date) -> list[AgreementCard]:
    """The agreements with a lot for the clinic that the actor may know of; only its own lots are shown."""
    lots = Lot.objects.filter(clinic_id=clinic)
    rows = Agreement.objects.filter(readable(by), id__in=lots.values("agreement_id"))
    return _cards(rows, lots, on)


def agreement(agreement_id: UUID, *, on: date) -> AgreementCard | None:
    """One agreement with all its lots; None when there is none."""
    cards = _cards(Agreement.objects.filter(id=agreement_id), Lot.objects.all(), on)
    return next(iter(cards), None)


def standing_of(state: str, valid_from: date, valid_to: date | None, *, on: date) -> str:
    """How an agreement stands on a day; only an active one within its dates carries a visit."""
    if state == Agreement.State.ENDED or (valid_to is not None and valid_to < on):
        return "ended"
    if state not in BOTH_SIGNED:
        return "not_signed"
    if state == Agreement.State.SIGNED or valid_from > on:
        return "not_yet"
    return "ends_soon" if valid_to and (valid_to - on).days <= SOON_DAYS else "in_force"


def standing_within(standing: str, *, on: date) -> Q:
    """The rows that stand so on a day: `standing_of` as a condition."""
    over = Q(state=Agreement.State.ENDED) | Q(valid_to__lt=on)
    active = Q(state=Agreement.State.ACTIVE) & ~Q(valid_to__lt=on)
    begun = active & Q(valid_from__lte=on)
    soon = Q(valid_to__isnull=False, valid_to__lte=on + timedelta(days=SOON_DAYS))
    return {
        "ended": over,
        "not_signed": ~over & ~Q(state__in=BOTH_SIGNED),
        "not_yet": ~over & Q(state=Agreement.State.SIGNED) | active & Q(valid_from__gt=on),
        "ends_soon": begun & soon,
        "in_force": begun & ~soon,
    }[standing]


Used = dict[UUID, int]
"""Places used by a cap's counter."""
ORDER = ("ends_soon", "in_force", "not_yet", "not_signed", "ended")


def _cards(agreements: QuerySet[Agreement], lots: QuerySet[Lot], on: date) -> list[AgreementCard]:
    caps = Prefetch("caps", Cap.objects.select_related("region"))
    detailed = lots.select_related("clinic").prefetch_related("cares", "prices", caps)
    rows = agreements.select_related("seller").prefetch_related(
        "buyers", "usable_by", Prefetch("lots", detailed, to_attr="shown_lots")
    )
    used = _used([cap for row in rows for lot in row.shown_lots for cap in lot.caps.all()], on)
    cards = [_card(row, used, on) for row in rows]
    return sorted(cards, key=lambda card: (ORDER.index(card.standing), card.name))


def _card(row: Agreement, used: Used, on: date) -> AgreementCard:
    return AgreementCard(
        id=row.id,
        name=row.name,
        regime=row.regime,
        standing=standing_of(row.state, row.valid_from, row.valid_to, on=on),
        seller=row.seller.name,
        buyers=_names(row.buyers.all()),
        usable_by=_names(row.usable_by.all()),
        open_for_others=row.open_for_others,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source_document=row.source_document,
        lots=tuple(_lot(lot, used) for lot in row.shown_lots),  # type: ignore[attr-defined]
    )


def _names(regions: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(region) for region in regions)


def _lot(lot: Lot, used: Used) -> LotCard:
    return LotCard(
        id=lot.id,
        name=lot.name,
        clinic_id=lot.clinic_id,
        clinic=lot.clinic.name,
        cares=tuple(lot.cares.all()),
        age_min=lot.age_min,
        age_max=lot.age_max,
        bmi_max=lot.bmi_max,
        asa_max=lot.asa_max,
        accepts_referrer_assessment=lot.accepts_referrer_assessment,
        caps=tuple(_cap(cap, used) for cap in lot.caps.all()),
        prices=tuple(dict.fromkeys(price.model for price in lot.prices.all())),
    )


def _cap(cap: Cap, used: Used) -> CapCard:
    return CapCard(
        region=cap.region.name if cap.region else "",
        places=cap.places,
        period=cap.period,
        used=used.get(cap.lineage, 0),
    )


def _used(caps: Iterable[Cap], on: date) -> Used:
    """What is used of each cap in the period that the day lies in, by its counter."""
    counted = {cap.lineage: cap_period_of(on, cap.period) for cap in caps}
    uses = CapUse.objects.filter(counter__in=counted, period__in=set(counted.values()))
    return {use.counter: use.used for use in uses if counted[use.counter] == use.period}
