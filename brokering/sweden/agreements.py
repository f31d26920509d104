"""Sets out the agreements: regimes, buyers, periods, lots with their terms, and the exceptions.

Which clinic gets which exception follows from its place in the list, so that every kind of agreement that
the product must handle is present at every scale.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from brokering.sweden.capacity import Agreement, Clinic, Lot
from brokering.sweden.identifiers import stable_id
from brokering.sweden.sources import Sources
from brokering.sweden.units import UNIVERSITY_REGION, UNIVERSITY_UNIT
from brokering.sweden.waiting import CHILDREN_ONLY
from providers.reference import CareRow

NOT_YET = ("advertised", "evaluating", "awarded", "standstill", "signed")
SEVERE = ("intensivvard", "svar_luftvag")
"""Needs that a small private operating unit cannot meet."""
OLDEST_CHILD = 17
ADULT = 18


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
        name=f"Påhittad egen regi: {clinic.name}",
        clinic=clinic,
        regime="own",
        state="active",
        buyers=(clinic.region,),
        usable_by=drafting.referring(clinic.region) if is_university else (),
        open_for_others="yes",
        valid_from=date(drafting.today.year - 3, 1, 1),
        valid_to=None,
        lots=tuple(_lots(drafting, clinic, 0)),
    )


def _bought(drafting: Drafting, clinic: Clinic, number: int) -> Agreement:
    """An agreement with a private clinic; `number` counts the private clinics from 1."""
    state, valid_from, valid_to = _life(drafting.today, number)
    neighbours = drafting.neighbours(clinic.region)
    return Agreement(
        id=stable_id(drafting.seed, "agreement", clinic.number),
        name=f"Påhittat {clinic.unit.regime.upper()}-avtal {number}: {clinic.name}",
        clinic=clinic,
        regime=clinic.unit.regime,
        state=state,
        buyers=(clinic.region, *neighbours[:1]) if number % 9 == 4 else (clinic.region,),
        usable_by=neighbours[1:] if number % 7 == 1 else (),
        open_for_others={2: "no", 6: "after_agreement"}.get(number % 11, "yes"),
        valid_from=valid_from,
        valid_to=valid_to,
        lots=tuple(_lots(drafting, clinic, number)),
    )


def _life(today: date, number: int) -> tuple[str, date, date | None]:
    """State and period: most are active, some ended the other day, some have not begun."""
    begun = date(today.year - 2, 1, 1)
    if number % 13 == 5:
        return "ended", begun, today - timedelta(days=1 + number % 40)
    if number % 13 == 11:
        return (
            NOT_YET[number % len(NOT_YET)],
            today + timedelta(days=45),
            date(today.year + 4, 12, 31),
        )
    return "active", begun, date(today.year + 1 + number % 3, 12, 31)


def _lots(drafting: Drafting, clinic: Clinic, number: int) -> Iterator[Lot]:
    """Children's care, operations and the rest are lots of their own, because their terms differ."""
    groups: dict[str, list[CareRow]] = {}
    for care in clinic.cares:
        groups.setdefault(_group(care), []).append(care)
    for group, cares in groups.items():
        base = Lot(
            id=stable_id(drafting.seed, "lot", f"{clinic.number}:{group}"),
            name=group,
            cares=tuple(cares),
        )
        yield _terms(base, clinic, number)


def _group(care: CareRow) -> str:
    if care.area in CHILDREN_ONLY:
        return "Barn och unga"
    return "Operationer" if care.form != "open" else "Öppen vård"


def _terms(lot: Lot, clinic: Clinic, number: int) -> Lot:
    """Own clinics take everyone of the right age; private operating units have limits; some are capped."""
    is_child, is_operation = lot.name == "Barn och unga", lot.name == "Operationer"
    limited = is_operation and not clinic.is_own
    return Lot(
        id=lot.id,
        name=lot.name,
        cares=lot.cares,
        age_min=ADULT if limited else None,
        age_max=OLDEST_CHILD if is_child else None,
        bmi_max=(35, 40, None)[number % 3] if limited else None,
        asa_max=(2, 3)[number % 2] if limited else None,
        excluded_needs=SEVERE if limited else (),
        accepts_referrer_assessment=not clinic.is_own and number % 3 != 0,
        follow_on_reserved=not clinic.is_own and number % 10 == 9,
        cap=_cap(clinic, number),
    )


def _cap(clinic: Clinic, number: int) -> tuple[int, str] | None:
    """Every other LOU lot has a volume cap."""
    if clinic.unit.regime != "lou" or number % 2:
        return None
    return ((40, "month"), (120, "quarter"), (400, "year"))[number % 3]
