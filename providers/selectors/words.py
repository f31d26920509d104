"""A clinic's word: how old it is now and lately, what of it has held, whether there is one at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q, Sum

from accounts.models import Event
from providers.freshness import FEED, PLACE, Standing
from providers.models import Clinic, ClinicDay, Slot
from providers.patterns import SWEDEN
from providers.reliability import AGE_DAYS, WINDOW_DAYS, Aged, Held, Word

ADVERTISED_NOW = f"""
    FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id {FEED}
    WHERE s.state = 'open' AND s.starts_at > %(now)s
      AND NOT EXISTS (SELECT 1 FROM providers_claim k
                      WHERE k.slot_id = s.id AND k.state = 'confirmed')
"""
"""Places ahead that are not booked, whatever their age: what a publisher has said is free."""


@dataclass(frozen=True, kw_only=True)
class Now:
    """A clinic's unbooked places ahead as they stand now; `oldest_at` is None where there are none."""

    places: int
    demoted: int
    outdated: int
    hidden: dict[str, int]
    """Places that a probe has hidden, by reason."""
    oldest_at: datetime | None
    promised: timedelta
    """The strictest promise over what is published."""
    has_spoken: bool
    """Whether the clinic ever said anything: otherwise nothing is known, which is not the same as none."""

    @property
    def shown(self) -> int:
        """Places that are shown as free, unless somebody holds them."""
        return self.places - self.outdated - sum(self.hidden.values())


def words_of(clinics: Iterable[UUID], *, on: date) -> dict[UUID, Word]:
    """The word of some clinics, as measured until a Swedish day; a clinic without figures is left out."""
    recent = Q(day__gt=on - timedelta(days=AGE_DAYS))
    days = ClinicDay.objects.filter(
        clinic__in=set(clinics), day__gt=on - timedelta(days=WINDOW_DAYS), day__lte=on
    )
    rows = days.values("clinic").annotate(
        aged_samples=Sum("samples", filter=recent, default=0),
        aged_late=Sum("late", filter=recent, default=0),
        aged_gone=Sum("gone", filter=recent, default=0),
        aged_seconds=Sum("age_seconds", filter=recent, default=0),
        aged_oldest=Max("oldest_seconds", filter=recent, default=0),
        **{f"held_{name}": Sum(name) for name in HELD},
    )
    return {row["clinic"]: _word(row) for row in rows}


HELD = ("kept", "taken_back", "unreported", "probed", "unheld")


def _word(row: dict[str, int]) -> Word:
    return Word(
        aged=Aged(
            samples=row["aged_samples"],
            late=row["aged_late"],
            gone=row["aged_gone"],
            seconds=row["aged_seconds"],
            oldest_seconds=row["aged_oldest"],
        ),
        held=Held(**{name: row[f"held_{name}"] for name in HELD}),
    )


def word_of(clinic: UUID, *, now: datetime) -> Word:
    """The word of one clinic; empty where nothing has been measured."""
    found = words_of([clinic], on=now.astimezone(SWEDEN).date())
    return found.get(clinic, Word())


def stands_now(clinic: Clinic, *, now: datetime) -> Now:
    """How a clinic's unbooked places ahead stand at this moment."""
    sql = f"""
        SELECT count(*),
               count(*) FILTER (WHERE {PLACE.stands(Standing.DEMOTED, now="%(now)s")}),
               count(*) FILTER (WHERE {PLACE.stands(Standing.WITHDRAWN, now="%(now)s")}),
               min({PLACE.said_at}), min({PLACE.promise})
        {ADVERTISED_NOW} AND s.clinic_id = %(clinic)s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "clinic": clinic.id})
        places, demoted, outdated, oldest_at, promised = cursor.fetchone()
    return Now(
        places=places,
        demoted=demoted - outdated,
        outdated=outdated,
        hidden=_hidden(clinic, now),
        oldest_at=oldest_at,
        promised=promised or clinic.promised_age,
        has_spoken=bool(places) or has_spoken(clinic.id),
    )


def has_spoken(clinic: UUID) -> bool:
    """Whether a clinic has ever published or confirmed anything."""
    said = Event.objects.filter(noun="clinic", noun_id=str(clinic), verb="confirmed")
    return Slot.objects.filter(clinic=clinic).exists() or said.exists()


def _hidden(clinic: Clinic, now: datetime) -> dict[str, int]:
    """Hidden places by reason; one that is outdated too counts as outdated."""
    sql = f"""
        SELECT s.hidden_why, count(*) {ADVERTISED_NOW} AND s.clinic_id = %(clinic)s
          AND s.hidden_why <> '' AND NOT {PLACE.stands(Standing.WITHDRAWN, now="%(now)s")}
        GROUP BY s.hidden_why ORDER BY s.hidden_why
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "clinic": clinic.id})
        return dict(cursor.fetchall())
