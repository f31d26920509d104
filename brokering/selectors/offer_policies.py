"""How a region's patients are asked: its own decision, or the product's default where it has none."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.database.prepared import Asked, Prepared
from contracts.models import OfferPolicy

DEFAULT = "default"
"""`source` of a figure that no region has decided: ours, not the law's."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class OfferPolicyValue:
    """Days to answer, attempts before a letter, days for the letter, patients asked at once about a place.

    `source` is the region's decision, or `default`.
    """

    answer_days: int
    attempts: int
    letter_days: int
    batch: int
    source: str

    @property
    def answer_time(self) -> timedelta:
        """How long a patient has to answer."""
        return self.answer_days * DAY

    @property
    def letter_time(self) -> timedelta:
        """How long a letter is waited for."""
        return self.letter_days * DAY


IN_FORCE = Prepared(
    lambda: (
        OfferPolicy.objects.filter(region=Asked("region"), valid_from__lte=Asked("on"))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=Asked("on")))
        .order_by("-set_at")
    )
)


def offer_policy_of(region_code: str | None, *, on: date) -> OfferPolicyValue:
    """What holds in a region on a Swedish day; the default where it has decided nothing, or is unknown."""
    row = IN_FORCE.first(region=region_code, on=on)
    return default_policy() if row is None else _value(row)


def default_policy() -> OfferPolicyValue:
    """Vårdbryggan's standard: a setting of ours that no law asks for."""
    return OfferPolicyValue(
        answer_days=max(settings.OFFER_LENGTH // DAY, 1),
        attempts=settings.OFFER_ATTEMPTS,
        letter_days=settings.OFFER_LETTER_DAYS,
        batch=settings.OFFER_BATCH,
        source=DEFAULT,
    )


def offer_policies_of(region_code: str) -> list[OfferPolicy]:
    """Every decision of a region, past and coming, with who made it; the latest first."""
    rows = OfferPolicy.objects.filter(region=region_code).select_related("set_by")
    return list(rows.order_by("-valid_from", "-set_at"))


def _value(row: OfferPolicy) -> OfferPolicyValue:
    return OfferPolicyValue(
        answer_days=row.answer_days,
        attempts=row.attempts,
        letter_days=row.letter_days,
        batch=row.batch,
        source=row.decision_reference,
    )
