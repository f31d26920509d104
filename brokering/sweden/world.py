"""A whole synthetic Sweden from reference data, a scale, a seed and a day: pure, and the same every time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from brokering.sweden.agreements import Drafting
from brokering.sweden.capacity import Agreement, Capacity, Clinic
from brokering.sweden.clinics import Setting, clinics
from brokering.sweden.identifiers import stable_id
from brokering.sweden.logins import (
    PATIENT_STORIES,
    Login,
    PatientStory,
    private_staff,
    staff_logins,
)
from brokering.sweden.needs import Drawing, Need, clinics_by_need, needs
from brokering.sweden.population import Population, population
from brokering.sweden.register import federation, register
from brokering.sweden.scale import Scale
from brokering.sweden.slots import Pair, Times, quotas, start_of_day, times
from brokering.sweden.sources import Sources
from brokering.sweden.waiting import GROUPS, Waiting, waiting

PROMISED_AGE = timedelta(days=7)
STALE_EVERY = 31
"""One clinic in so many has not confirmed its capacity within its promise."""
ADULTS = {
    sex: [position for position, (its, age) in enumerate(GROUPS) if its == sex and 1 <= age <= 3]
    for sex in ("K", "M")
}
"""Groups between 20 and 79 years, by sex."""


@dataclass(frozen=True)
class World:
    """Everything that is written, computed from four inputs."""

    sources: Sources
    scale: Scale
    seed: int
    today: date
    region_tenants: Mapping[str, UUID]

    @cached_property
    def waiting(self) -> tuple[Waiting, ...]:
        """The estimated joint table at this scale."""
        return waiting(self.sources.statistics, self.scale.waiting)

    @cached_property
    def people(self) -> Population:
        """Everyone who waits. A patient with a story waits the days that it says, in the same band, and
        changes sex and age with another in the same care and band: no count of the fit changes."""
        drawn = population(self.waiting, self.sources.statistics.ages, self.seed)
        days, group = drawn.days.copy(), drawn.group.copy()
        for number, story in self._found(drawn).items():
            other = drawn.first(story.care, story.band, groups=ADULTS[story.sex])
            days[number] = story.days
            group[[number, other]] = group[[other, number]]
        return replace(drawn, days=days, group=group)

    @cached_property
    def stories(self) -> Mapping[int, PatientStory]:
        """The patients with a login, by their number in the population."""
        return self._found(self.people)

    @cached_property
    def capacity(self) -> Capacity:
        """Providers, clinics and agreements."""
        setting = Setting(self.sources, self.seed, self.region_tenants)
        placed = clinics(setting, self.scale.clinics)
        drafting = Drafting(self.sources, self.seed, self.today)
        return Capacity(
            providers=tuple({clinic.provider.id: clinic.provider for clinic in placed}.values()),
            clinics=placed,
            agreements=tuple(register(drafting, placed)),
            parties=(federation(drafting),),
        )

    @cached_property
    def quota(self) -> tuple[tuple[Pair, int], ...]:
        """How many times each clinic has for each care."""
        return quotas(self.capacity, self.waiting, self.today, self.scale.slots)

    @cached_property
    def confirmed(self) -> Mapping[UUID, datetime]:
        """When each clinic last confirmed its capacity: the evening before, a few too long ago."""
        recent = start_of_day(self.today) - timedelta(hours=4)
        old = recent - PROMISED_AGE - timedelta(days=2)
        return {
            clinic.id: old if clinic.number % STALE_EVERY == 0 else recent
            for clinic in self.capacity.clinics
        }

    @property
    def times(self) -> Times:
        """Every free time, drawn anew at each asking: of the largest scale nobody keeps two."""
        return times(self.quota, self.confirmed, self.today, self.seed)

    @cached_property
    def logins(self) -> tuple[tuple[Login, UUID | None], ...]:
        """Every demo login with the tenant that it works in (None for patients)."""
        clinic = self._private_clinic()
        staff = [
            (login, self.region_tenants[login.region])
            for login in staff_logins(self.sources.regions)
        ]
        private = (private_staff(clinic.region, clinic.name), clinic.provider.tenant_id)
        return (*((story.login, None) for story in PATIENT_STORIES), *staff, private)

    def needs(self) -> Iterator[Need]:
        """One need per person, drawn as the iterator is read."""
        drawing = Drawing(
            self.sources,
            clinics_by_need(self.sources, self.capacity.clinics),
            self.today,
            self.seed,
        )
        for need in needs(drawing, self.people):
            story = self.stories.get(need.number)
            yield self._told(need, story) if story else need

    def user_id(self, login: Login) -> UUID:
        """Id of a demo login's user."""
        return stable_id(self.seed, "user", login.username)

    def _found(self, people: Population) -> Mapping[int, PatientStory]:
        return {
            people.first(story.care, story.band, region=story.login.region): story
            for story in PATIENT_STORIES
        }

    def _private_clinic(self) -> Clinic:
        """The first private clinic with an agreement in force."""
        return next(a.clinic for a in self.capacity.agreements if self._is_bought(a))

    def _is_bought(self, agreement: Agreement) -> bool:
        return not agreement.clinic.is_own and agreement.carries(self.today)

    def _told(self, need: Need, story: PatientStory) -> Need:
        """The drawn need as the story tells it: an adult without limits, at home in the region's seat."""
        start = self.today - timedelta(days=story.days)
        treated = need.care.kind == "treatment"
        issued = start - timedelta(days=30) if treated else start
        return replace(
            need,
            name=story.login.name,
            responsibility="resident",
            municipality=self.sources.towns(need.region)[0].code,
            issued_on=issued if story.has_remiss else None,
            issuer="allmanlakare" if story.has_remiss else "",
            contact_on=None if story.has_remiss else start,
            decided_on=start if treated else None,
            priority=story.priority,
            medical_target_on=None,
            confirmed_on=self.today - timedelta(days=5),
            watch_until=None,
            bmi=24 if need.bmi else None,
            asa=2 if need.asa else None,
            excluding_needs=(),
            max_distance_km=None,
            earliest_on=None,
            latest_on=None,
            accepts_other_regions=True,
            facts=(),
            user_id=self.user_id(story.login),
        )
