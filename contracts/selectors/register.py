"""The register of referral rules as pages show it: what holds, what is unknown, what has changed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db.models import QuerySet

from accounts.models import Event
from contracts.models import ReferralRule, RuleCompleteness
from contracts.selectors.rules import declaration_of, rule_of
from contracts.terms import Completeness
from contracts.terms import ReferralRule as Rule
from providers.models import Care, Region

Standing = Literal["in_force", "ends", "not_yet", "ended", "taken_back"]
DIFFED = (
    *("required", "form", "age_min", "age_max", "regime", "site", "accepted_issuers"),
    *("extra_requirements", "immediate_care_exempt", "text_sv", "source", "confidence"),
)
"""What two versions of a rule may differ in, in the order in which a page shows it."""


@dataclass(frozen=True, kw_only=True)
class RuleCard:
    """One row of the register as it stands on a day."""

    id: int
    rule: Rule
    care: Care
    region: Region
    standing: Standing
    unconfirmed: bool
    """Nobody has said for a year that it still holds."""
    replaces: int | None
    recorded_at: datetime
    recorded_by: str
    """Empty for rows that were shipped with the product."""
    ended_at: datetime | None
    ended_by: str


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A declaration of completeness with its id."""

    id: int
    value: Completeness


@dataclass(frozen=True, kw_only=True)
class RegionRules:
    """A region's register on a day."""

    region: Region
    on: date
    in_force: tuple[RuleCard, ...]
    coming: tuple[RuleCard, ...]
    declared: Declared | None
    """The declaration that covers the day; without one, what has no row is unknown."""
    declared_later: tuple[Declared, ...]
    without_row: tuple[Care, ...]
    """Specialised cares, medicinsk service apart, that no row in force speaks of."""

    @property
    def unconfirmed(self) -> int:
        """How many rules in force nobody has confirmed for a year."""
        return sum(card.unconfirmed for card in self.in_force)


@dataclass(frozen=True, kw_only=True)
class RegionLine:
    """One region in the list of all: how much is known of its rules."""

    region: Region
    rules: int
    unconfirmed: int
    complete: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing in which a version differs from the one before it."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version in a rule's history, with what it changed and when somebody confirmed it."""

    card: RuleCard
    differences: tuple[Difference, ...]
    confirmed: tuple[tuple[datetime, str], ...]


def region_rules(region: Region, *, on: date) -> RegionRules:
    """A region's register as it stands on the day."""
    cards = [_card(row, on) for row in _rows().filter(region=region)]
    in_force = tuple(card for card in cards if card.rule.in_force(on))
    spoken_of = {card.care.code for card in in_force}
    cares = Care.objects.filter(level="specialised", medical_service=False)
    rows = RuleCompleteness.objects.filter(region=region).order_by("complete_from")
    declared = [Declared(id=row.id, value=declaration_of(row)) for row in rows]
    return RegionRules(
        region=region,
        on=on,
        in_force=in_force,
        coming=tuple(card for card in cards if card.standing == "not_yet"),
        declared=next((one for one in declared if one.value.in_force(on)), None),
        declared_later=tuple(one for one in declared if _begins_after(one.value, on)),
        without_row=tuple(care for care in cares if care.code not in spoken_of),
    )


def all_regions(*, on: date) -> list[RegionLine]:
    """Every region, by name, with how many rules are in force and how many nobody has confirmed."""
    cards = [_card(row, on) for row in _rows()]
    in_force = [card for card in cards if card.rule.in_force(on)]
    rules = Counter(card.region.code for card in in_force)
    unconfirmed = Counter(card.region.code for card in in_force if card.unconfirmed)
    declared = map(declaration_of, RuleCompleteness.objects.all())
    complete = {one.region for one in declared if one.in_force(on)}
    return [
        RegionLine(
            region=region,
            rules=rules[region.code],
            unconfirmed=unconfirmed[region.code],
            complete=region.code in complete,
        )
        for region in Region.objects.order_by("name")
    ]


def rule_card(rule_id: int, *, on: date) -> RuleCard | None:
    """One row of the register; None when there is none."""
    row = _rows().filter(id=rule_id).first()
    return None if row is None else _card(row, on)


def history(card: RuleCard, *, on: date) -> list[Version]:
    """Every version of a rule, latest first: those of its scope, and those that replaced one another."""
    rows = _rows().filter(region=card.region, care=card.care)
    cards = {one.id: one for row in rows if (one := _card(row, on))}
    chain = _related(card, cards)
    confirmed = _confirmations(chain)
    ordered = sorted(chain, key=lambda one: (cards[one].rule.valid_from or date.min, one))
    versions = [
        Version(
            card=cards[one],
            differences=_differences(cards.get(_before(cards[one], before)), cards[one]),
            confirmed=confirmed.get(one, ()),
        )
        for one, before in zip(ordered, [None, *ordered], strict=False)
    ]
    return versions[::-1]


def _rows() -> QuerySet[ReferralRule]:
    rows = ReferralRule.objects.select_related("care", "region", "recorded_by", "ended_by")
    return rows.order_by("care__name_sv", "form", "age_min", "regime", "site", "valid_from", "id")


def _card(row: ReferralRule, on: date) -> RuleCard:
    rule = rule_of(row)
    return RuleCard(
        id=row.id,
        rule=rule,
        care=row.care,
        region=row.region,
        standing=standing_of(rule, on),
        unconfirmed=rule.in_force(on) and rule.unconfirmed(on),
        replaces=row.replaces_id,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by.get_full_name() if row.recorded_by else "",
        ended_at=row.ended_at,
        ended_by=row.ended_by.get_full_name() if row.ended_by else "",
    )


def standing_of(rule: Rule, on: date) -> Standing:
    """How a rule stands on a day."""
    if rule.was_taken_back:
        return "taken_back"
    if rule.in_force(on):
        return "in_force" if rule.valid_to is None else "ends"
    return "not_yet" if rule.valid_from is not None and rule.valid_from > on else "ended"


def _begins_after(declared: Completeness, on: date) -> bool:
    return (
        declared.complete_from is not None
        and declared.complete_from > on
        and (declared.complete_to is None or declared.complete_to >= declared.complete_from)
    )


def _related(card: RuleCard, cards: dict[int, RuleCard]) -> set[int]:
    """Ids of the versions reached from one by scope and by replacement, in both directions."""
    reached, waiting = set(), [card.id]
    while waiting:
        one = cards[waiting.pop()]
        reached.add(one.id)
        waiting += [
            other.id
            for other in cards.values()
            if other.id not in reached
            and (
                other.rule.scope == one.rule.scope
                or other.replaces == one.id
                or one.replaces == other.id
            )
        ]
    return reached


def _before(card: RuleCard, previous: int | None) -> int:
    """Id of the version that this one is compared with: the one it replaced, else the one before."""
    return card.replaces or previous or 0


def _differences(before: RuleCard | None, after: RuleCard) -> tuple[Difference, ...]:
    if before is None:
        return ()
    pairs = ((name, getattr(before.rule, name), getattr(after.rule, name)) for name in DIFFED)
    return tuple(Difference(name=n, before=b, after=a) for n, b, a in pairs if b != a)


def _confirmations(ids: set[int]) -> dict[int, tuple[tuple[datetime, str], ...]]:
    events = Event.objects.filter(
        noun="referral_rule", verb="confirmed", noun_id__in=[str(one) for one in ids]
    ).select_related("actor")
    found: dict[int, tuple[tuple[datetime, str], ...]] = {}
    for event in events.order_by("id"):
        said = (event.at, event.actor.get_full_name())
        found[int(event.noun_id)] = (*found.get(int(event.noun_id), ()), said)
    return found
