"""Sets out the agreements: regimes, buyers, periods, lots with their terms, and the exceptions.

Which clinic gets which exception follows from its place in the list, so that every kind of agreement that
the product must handle is present at every scale.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from brokering.sweden.capacity import Agreement, Cap, Clinic, Lot
from brokering.sweden.identifiers import stable_id
from brokering.sweden.sources import Sources
from brokering.sweden.units import UNIVERSITY_REGION, UNIVERSITY_UNIT
from brokering.sweden.waiting import CHILDREN_ONLY
from contracts.lifecycle import Kind, kind_of
from providers.reference import CareRow

NOT_YET = {
    Kind.PROCURED: ("advertised", "evaluating", "awarded", "standstill", "signed"),
    Kind.CHOICE: ("advertised", "evaluating", "awarded", "signed"),
    Kind.DIRECT: ("initiated", "signed"),
}
"""Where an agreement may stand before it carries anything, by the way that it takes to its signatures."""
SEVERE = ("intensivvard", "svar_luftvag")
"""Needs that a small private operating unit cannot meet."""
OLDEST_CHILD = 17
ADULT = 18
TOGETHER = 9
"""One LOU agreement in so many is bought by several regions together."""


@dataclass(frozen=True)
class Drafting:
    """What every agreement is written from."""

    sources: Sources
    seed: int
    today: date

    def neighbours(self, region: str) -> tuple[str, ...]:
        """The other regions of the cooperation area."""
        area = self.sources.region[region].collaboration_region
        return tuple(
            row.code
            for row in self.sources.regions
            if row.collaboration_region == area and row.code != region
        )

    def referring(self, region: str) -> tuple[str, ...]:
        """The regions whose regionsjukvård the region's university hospital gives."""
        return tuple(
            row.code
            for row in self.sources.regions
            if UNIVERSITY_REGION[row.collaboration_region] == region and row.code != region
        )


def agreements(drafting: Drafting, clinics: tuple[Clinic, ...]) -> Iterator[Agreement]:
    """One agreement for every clinic except those that stand outside the market."""
    private = 0
    for clinic in clinics:
        if clinic.is_own:
            yield _own(drafting, clinic)
            continue
        private += 1
        if private % 17 != 3:
            yield _bought(drafting, clinic, private)


def _own(drafting: Drafting, clinic: Clinic) -> Agreement:
    """Own production, open to everyone; a university hospital's may be called off by its neighbours."""
    is_university = clinic.unit is UNIVERSITY_UNIT
    return Agreement(
        id=stable_id(drafting.seed, "agreement", clinic.number),
        number=0,
        name=f"Påhittad egen regi: {clinic.name}",
        clinic=clinic,
        regime="own",
        state="active",
        buyers=(clinic.region,),
        usable_by=drafting.referring(clinic.region) if is_university else (),
        open_for_others="yes",
        valid_from=date(drafting.today.year - 3, 1, 1),
        valid_to=None,
        lots=tuple(lots_for(drafting, clinic, 0)),
    )


def _bought(drafting: Drafting, clinic: Clinic, number: int) -> Agreement:
    """An agreement with a private clinic; `number` counts the private clinics from 1."""
    regime = clinic.unit.regime
    state, valid_from, valid_to = _life(drafting.today, number, regime)
    neighbours = drafting.neighbours(clinic.region)
    joint = regime == "lou" and number % TOGETHER == 4 and bool(neighbours)
    return Agreement(
        id=stable_id(drafting.seed, "agreement", clinic.number),
        number=number,
        name=f"Påhittat {regime.upper()}-avtal {number}: {clinic.name}",
        clinic=clinic,
        regime=regime,
        state=state,
        cooperation="joint" if joint else "alone",
        buyers=(clinic.region, *neighbours[:2]) if joint else (clinic.region,),
        usable_by=neighbours[2 if joint else 1 :] if number % 7 == 1 else (),
        open_for_others={2: "no", 6: "after_agreement"}.get(number % 11, "yes"),
        valid_from=valid_from,
        valid_to=valid_to,
        lots=tuple(lots_for(drafting, clinic, number)),
    )


def _life(today: date, number: int, regime: str) -> tuple[str, date, date | None]:
    """State and period: most are active, some ended the other day, some have not begun."""
    begun = date(today.year - 2, 1, 1)
    if number % 13 == 5:
        return "ended", begun, today - timedelta(days=1 + number % 40)
    if number % 13 == 11:
        states = NOT_YET[kind_of(regime, "alone")]
        begins = today + timedelta(days=45)
        return states[number % len(states)], begins, date(today.year + 4, 12, 31)
    return "active", begun, date(today.year + 1 + number % 3, 12, 31)


def lots_for(
    drafting: Drafting, clinic: Clinic, number: int, version: str = "lot"
) -> Iterator[Lot]:
    """Children's care, operations and the rest are lots of their own, because their terms differ."""
    groups: dict[str, list[CareRow]] = {}
    for care in clinic.cares:
        groups.setdefault(_group(care), []).append(care)
    for group, cares in groups.items():
        identity = stable_id(drafting.seed, version, f"{clinic.number}:{group}")
        lot = Lot(id=identity, lineage=identity, name=group, cares=tuple(cares))
        yield _terms(lot, clinic, number)


def _group(care: CareRow) -> str:
    if care.area in CHILDREN_ONLY:
        return "Barn och unga"
    return "Operationer" if care.form != "open" else "Öppen vård"


def _terms(lot: Lot, clinic: Clinic, number: int) -> Lot:
    """Own clinics take everyone of the right age; private operating units have limits; some are capped."""
    is_child, is_operation = lot.name == "Barn och unga", lot.name == "Operationer"
    limited = is_operation and not clinic.is_own
    return replace(
        lot,
        age_min=ADULT if limited else None,
        age_max=OLDEST_CHILD if is_child else None,
        bmi_max=(35, 40, None)[number % 3] if limited else None,
        asa_max=(2, 3)[number % 2] if limited else None,
        excluded_needs=SEVERE if limited else (),
        accepts_referrer_assessment=not clinic.is_own and number % 3 != 0,
        follow_ons=_reserved(lot, clinic, number),
        caps=_caps(clinic, number),
    )


def _reserved(lot: Lot, clinic: Clinic, number: int) -> tuple[tuple[str, str], ...]:
    """Regions' own psychiatry, and one private clinic in ten, treats those whom it has investigated."""
    offered = {care.code for care in clinic.cares}
    if clinic.is_own:
        pairs = [("utr-npu", "beh-psykoterapi")]
    else:
        pairs = [(f"besok-{care.area}", f"op-{care.area}") for care in clinic.cares]
    if not clinic.is_own and number % 10 != 9:
        return ()
    mine = {care.code for care in lot.cares}
    found = (pair for pair in pairs if pair[0] in mine and pair[1] in offered)
    return tuple(dict.fromkeys(found))


def _caps(clinic: Clinic, number: int) -> tuple[Cap, ...]:
    """Every other LOU lot has a volume cap."""
    if clinic.unit.regime != "lou" or number % 2:
        return ()
    return ((Cap(40, "month"), Cap(120, "quarter"), Cap(400, "year"))[number % 3],)
