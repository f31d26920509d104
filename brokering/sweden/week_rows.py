"""Places in weeks whose time is named later, and how their clinics share inpatient places, as rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from brokering.sweden.batch import Batch, Row
from brokering.sweden.capacity import Clinic
from brokering.sweden.identifiers import stable_id
from brokering.sweden.slot_rows import COLUMNS
from brokering.sweden.slots import RELEASE, start_of_day
from brokering.sweden.world import World
from providers.week_places import week_span

UNIT, CARE, FORM = "kirurgi", "op-kirurgi", "inpatient"
STATING_REGIONS = 7
"""In so many regions, spread over the country, one surgical clinic says how many places a week has."""
PLACES = (8, 6, 4)
"""Places in the third, fourth and fifth week from now."""
FIRST_WEEK = 3
SHARING_REGION, LIMITED_REGION = "01", "03"
OWN_REGIONS_FIRST = timedelta(days=3)
QUOTA = 10


@dataclass(frozen=True, kw_only=True)
class Week:
    """A clinic's statement of its places in the week from a Monday."""

    id: UUID
    clinic: Clinic
    monday: date
    places: int


def week_batches(world: World) -> Iterator[Batch]:
    """Statements with the places that follow from them, one own-region window and one quota."""
    stated = list(_weeks(world))
    said = start_of_day(world.today) - timedelta(hours=6)
    yield Batch(
        "providers_capacitystatement",
        (
            *("id", "clinic_id", "care_id", "form", "week", "places", "state"),
            *("published_at", "changed_at", "synthetic"),
        ),
        [
            (w.id, w.clinic.id, CARE, FORM, w.monday, w.places, "open", said, said, True)
            for w in stated
        ],
    )
    yield Batch("providers_slot", (*COLUMNS, "statement_id"), list(_places(world, stated, said)))
    yield from _sharing(world)


def _stating(world: World) -> tuple[Clinic, ...]:
    """The first surgical clinic of its own in every third region."""
    first: dict[str, Clinic] = {}
    for clinic in world.capacity.clinics:
        if clinic.is_own and clinic.unit.key == UNIT:
            first.setdefault(clinic.region, clinic)
    return tuple(first.values())[:: len(first) // STATING_REGIONS]


def _weeks(world: World) -> Iterator[Week]:
    this_monday = world.today - timedelta(days=world.today.weekday())
    for clinic in _stating(world):
        for ahead, places in enumerate(PLACES, start=FIRST_WEEK):
            monday = this_monday + timedelta(weeks=ahead)
            identity = stable_id(world.seed, "statement", f"{clinic.number}:{ahead}")
            yield Week(id=identity, clinic=clinic, monday=monday, places=places)


def _places(world: World, stated: list[Week], said: datetime) -> Iterator[Row]:
    for week in stated:
        begins, ends = week_span(week.monday)
        confirmed = max(said, world.confirmed[week.clinic.id])
        for number in range(week.places):
            yield (
                stable_id(world.seed, "place", f"{week.id}:{number}"),
                week.clinic.id,
                CARE,
                FORM,
                "on_site",
                begins,
                ends,
                "open",
                said,
                said + RELEASE,
                confirmed,
                "",
                True,
                week.id,
            )


def _sharing(world: World) -> Iterator[Batch]:
    """Inpatient care alone: open care is given to everyone on the same terms (8 kap. 3 § HSL)."""
    clinic = next(clinic for clinic in _stating(world) if clinic.region == SHARING_REGION)
    staff = next(
        login for login, _ in world.logins if login.username == f"mottagning-{SHARING_REGION}"
    )
    since = world.today - timedelta(days=30)
    own = (clinic.id, clinic.provider.tenant_id, CARE)
    by = (since, None, world.user_id(staff), start_of_day(since))
    columns = ("id", "clinic_id", "tenant_id", "care_id")
    ends = ("valid_from", "valid_to", "set_by_id", "set_at")
    yield Batch(
        "contracts_releasepolicy",
        (*columns, "own_regions_first", *ends),
        [(stable_id(world.seed, "window", 1), *own, OWN_REGIONS_FIRST, *by)],
    )
    yield Batch(
        "contracts_regionquota",
        (*columns, "region_id", "places", "period", *ends),
        [(stable_id(world.seed, "quota", 1), *own, LIMITED_REGION, QUOTA, "quarter", *by)],
    )
