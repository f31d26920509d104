"""What somebody looks for, as one value whatever face asked, and the mark of where a page of it ended."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from accounts.errors import Invalid
from brokering.law.facts import Issuer, ReferralFacts
from brokering.selectors.free_places import Filter, FreePlace
from brokering.selectors.place_pages import Position
from brokering.selectors.seekers import guarantee_of
from brokering.verdict import CareValue, Seeker
from contracts.terms import Person

PAGE = 20


@dataclass(frozen=True, kw_only=True)
class Query:
    """What somebody looks for. Nothing in it names a person.

    All but `bmi`, `asa` and `needs` can stand in an address: those tell of somebody's health, and never do.
    `remiss` is a remiss that the person says there is, issued by `issuer` in `issuer_region`.
    """

    care: str
    home_region: str | None = None
    first: date | None = None
    last: date | None = None
    near: str | None = None
    within_km: int | None = None
    form: str = ""
    order: str = "date"
    age: int | None = None
    remiss: bool = False
    issuer: str = Issuer.ALLMANLAKARE
    issuer_region: str | None = None
    region: str = ""
    clinic: UUID | None = None
    mode: str = ""
    weekdays: tuple[int, ...] = ()
    language: str = ""
    accessibility: tuple[str, ...] = ()
    regime: str = ""
    """Under which kind of agreement the visit would be; `private` where there is none."""
    assessment: str = ""
    """`accepts`: the agreement takes the referrer's assessment as it is; `own`: the clinic makes its own."""
    bookable: bool = False
    """Only what the one who seeks can hold now."""
    bmi: int | None = None
    asa: int | None = None
    needs: tuple[str, ...] = ()
    cursor: str = ""
    size: int = PAGE

    @property
    def places(self) -> Filter:
        """Which free places are meant, as far as that is no question of law or terms."""
        return Filter(
            care=self.care,
            first=self.first,
            last=self.last,
            near=self.near,
            within_km=self.within_km if self.near else None,
            form=self.form,
            region=self.region,
            clinic=self.clinic,
            mode=self.mode,
            weekdays=self.weekdays,
            language=self.language,
            accessibility=self.accessibility,
            opened=self.bookable,
        )

    @property
    def ordering(self) -> str:
        """By distance only where there is a place to measure from."""
        return self.order if self.near else "date"

    @property
    def is_judged(self) -> bool:
        """Whether law and terms decide which places are meant."""
        return bool(self.regime or self.assessment or self.bookable)

    @property
    def canonical(self) -> "Query":
        """The same question in the one form that all equal questions share."""
        elsewhere = self.issuer_region if self.issuer_region != self.home_region else None
        return replace(
            self,
            order=self.ordering,
            within_km=self.within_km if self.near else None,
            issuer=self.issuer if self.remiss else Issuer.ALLMANLAKARE,
            issuer_region=elsewhere if self.remiss else None,
            weekdays=tuple(sorted(set(self.weekdays))) if len(set(self.weekdays)) < 7 else (),
            accessibility=tuple(sorted(set(self.accessibility))),
            needs=tuple(sorted(set(self.needs))),
        )

    @property
    def digest(self) -> str:
        """Names the list that a cursor belongs to."""
        judged = (self.regime, self.assessment, self.bookable)
        asked = vars(self.places) | {"order": self.ordering, "judged": judged}
        return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]

    def seeker(self, care: CareValue, *, on: date) -> Seeker:
        """The one who seeks, as told in the query: a resident with the guarantee that the care carries."""
        remiss = None
        if self.remiss:
            region = self.issuer_region or self.home_region or ""
            remiss = ReferralFacts(issued_on=on, issuer=self.issuer, issuer_region=region)
        return Seeker(
            home_region=self.home_region,
            birth_date=None if self.age is None else _birthday(self.age, on),
            referral=remiss,
            guarantee=guarantee_of(care.guarantee),
            person=Person(age=self.age, bmi=self.bmi, asa=self.asa, needs=frozenset(self.needs)),
        )


def position_of(place: FreePlace) -> Position:
    """Where a place stands in the list."""
    return Position(stale=place.stale, km=place.km, starts_at=place.starts_at, slot=place.slot)


def write_cursor(query: Query, last: FreePlace, as_of: datetime) -> str:
    """The mark that leads to what comes after a place."""
    said = [
        query.digest,
        as_of.isoformat(),
        last.stale,
        last.km,
        last.starts_at.isoformat(),
        str(last.slot),
    ]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def read_cursor(query: Query, now: datetime) -> tuple[Position | None, datetime]:
    """Where to go on, and the moment by which the list decides what is old.

    Raises Invalid for one that cannot be read, or of another search.
    """
    if not query.cursor:
        return None, now
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        digest, as_of, stale, km, starts_at, slot = json.loads(base64.urlsafe_b64decode(padded))
        position = Position(
            stale=bool(stale),
            km=None if km is None else int(km),
            starts_at=datetime.fromisoformat(starts_at),
            slot=UUID(slot),
        )
        moment = datetime.fromisoformat(as_of)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Invalid(fields={"cursor": ["unreadable"]}) from error
    if digest != query.digest:
        raise Invalid(fields={"cursor": ["belongs to another search"]})
    return position, moment


def _birthday(age: int, on: date) -> date:
    """A birth date of somebody who is that many completed years old today."""
    try:
        return on.replace(year=on.year - age)
    except ValueError:
        return date(on.year - age, 2, 28)
