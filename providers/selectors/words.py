"""A clinic's word: how old it is now and lately, what of it has held, whether there is one at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.database.statements import tuples_of
from accounts.models import Event
from providers.freshness import FEED, PLACE, Standing
from providers.models import Clinic, Slot
from providers.patterns import SWEDEN
from providers.reliability import AGE_DAYS, WINDOW_DAYS, Aged, Held, Word

ADVERTISED_NOW = f"""
    FROM providers_slot s JOIN providers_clinic c ON c.id = s.clinic_id {FEED}
    WHERE s.state = 'open' AND s.starts_at > %(now)s
      AND NOT EXISTS (SELECT 1 FROM providers_claim k
                      WHERE k.slot_id = s.id AND k.state = 'confirmed')
"""
"""Places ahead that are not booked, whatever their age: what a publisher has said is free."""
AGED = {
    "samples": "sum(samples)",
    "late": "sum(late)",
    "gone": "sum(gone)",
    "seconds": "sum(age_seconds)",
    "oldest_seconds": "max(oldest_seconds)",
}
HELD = ("kept", "taken_back", "unreported", "probed", "unheld")
FIGURES = f"""
    SELECT clinic_id,
        {", ".join(f"coalesce({sql} FILTER (WHERE day > %(aged)s), 0)::bigint" for sql in AGED.values())},
        {", ".join(f"sum({name})::bigint" for name in HELD)}
    FROM providers_clinicday
    WHERE clinic_id = ANY(%(clinics)s) AND day > %(begun)s AND day <= %(on)s GROUP BY clinic_id
"""
"""A clinic's days added up: how old its information was lately, and what of its word has held."""


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
    rows = tuples_of(FIGURES, figures_asked(clinics, on=on))
    return {clinic: word_in(figures) for clinic, *figures in rows}


def figures_asked(clinics: Iterable[UUID], *, on: date) -> dict[str, Any]:
    """What FIGURES is asked with."""
    return {
        "clinics": list(set(clinics)),
        "aged": on - timedelta(days=AGE_DAYS),
        "begun": on - timedelta(days=WINDOW_DAYS),
        "on": on,
    }


def word_in(figures: Sequence[int]) -> Word:
    """The word in a row of FIGURES, after its clinic."""
    aged, held = figures[: len(AGED)], figures[len(AGED) :]
    return Word(
        aged=Aged(**dict(zip(AGED, aged, strict=True))),
        held=Held(**dict(zip(HELD, held, strict=True))),
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
