"""A hit as the screen shows it: one card for every list of free places."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from brokering.law.citations import Question
from brokering.law.decision import Bookable
from brokering.law.requirement import Requirement
from brokering.selectors.search import Hit
from brokering.templatetags.answers import (
    Answer,
    Said,
    four_answers,
    is_refused,
    region_name,
    remiss_fault,
    said_of_verdict,
)
from brokering.verdict import Verdict
from contracts.terms import Regime

register = template.Library()


@dataclass(frozen=True)
class CareCard:
    """The care's name, empty where the page has said it already."""

    name: str


@dataclass(frozen=True, kw_only=True)
class ClinicCard:
    """Clinic, provider and place."""

    name: str
    provider_name: str
    place: str
    region_name: str


@dataclass(frozen=True)
class TermsCard:
    """Under whose agreement."""

    agreement_sentence: str


@dataclass(frozen=True, kw_only=True)
class HitCard:
    """Everything that components/_hit.html shows."""

    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    url: str
    bookable: str
    way_there: str
    care: CareCard
    clinic: ClinicCard
    distance_km: int | None
    terms: TermsCard
    answers: list[Answer]
    confirmed_at: datetime
    stale: bool
    dot: str


@register.inclusion_tag("components/_hit.html")
def hit_card(hit: Hit, address: str = "", with_care: bool = False) -> dict[str, Any]:
    """Draw one hit; `address` is what the search says in its own address, handed on to the next page."""
    return {"hit": card_of(hit, address, with_care=with_care)}


@register.inclusion_tag("brokering/_answers.html")
def hit_answers(hit: Hit) -> dict[str, Any]:
    """The four answers alone."""
    return {"answers": four_answers(said_of_verdict(hit.verdict, hit.home_region))}


def card_of(hit: Hit, address: str = "", *, with_care: bool = False) -> HitCard:
    """The hit in words."""
    place = hit.place
    said = said_of_verdict(hit.verdict, hit.home_region)
    url = reverse("slot", args=[place.slot])
    return HitCard(
        slot_id=place.slot,
        starts_at=localtime(place.starts_at),
        ends_at=localtime(place.ends_at),
        url=f"{url}?{address}" if address else url,
        bookable=hit.bookable,
        way_there=way_there(hit, said),
        care=CareCard(hit.verdict.place.care.name if with_care else ""),
        clinic=ClinicCard(
            name=place.clinic_name,
            provider_name=place.provider_name,
            place=place.municipality,
            region_name=place.region_name,
        ),
        distance_km=place.km,
        terms=TermsCard(agreement_sentence(hit.verdict)),
        answers=four_answers(said),
        confirmed_at=place.confirmed_at,
        stale=place.stale,
        dot=str(place.clinic),
    )


def agreement_sentence(verdict: Verdict) -> str:
    """Under whose agreement the visit would be, in words."""
    if verdict.terms is None:
        return _("Inget avtal med en region för den här vården")
    region = {"region": region_name(verdict.care_region)}
    by_regime = {
        Regime.OWN: _("Drivs av %(region)s"),
        Regime.LOU: _("Avtal med %(region)s (upphandlat enligt LOU)"),
        Regime.LOV: _("Avtal med %(region)s (valfrihet enligt LOV)"),
        Regime.LOL: _("Läkare som %(region)s ersätter (LOL)"),
        Regime.LOF: _("Fysioterapeut som %(region)s ersätter (LOF)"),
    }
    return by_regime[verdict.terms.regime] % region


def way_there(hit: Hit, said: Said) -> str:
    """What to do when the place cannot simply be booked; empty when it can."""
    if hit.bookable == Bookable.YES:
        return ""
    if not hit.released and hit.verdict.bookable != Bookable.NO:
        opens = localtime(hit.place.opens_at)
        return _(
            "Den öppnar för alla %(when)s. Till dess går den till den som har störst behov."
        ) % {"when": _("%(day)s kl. %(time)s") % _moment(opens)}
    return _way(said)


def _moment(moment: datetime) -> dict[str, str]:
    return {"day": date_words(moment, "l j F"), "time": date_words(moment, "H:i")}


def _way(said: Said) -> str:
    if is_refused(said):
        return _way_past_refusal(said)
    fault = remiss_fault(said)
    if fault == "remiss_missing":
        return _("Be din vårdcentral om en remiss. Den får komma från vilken region som helst.")
    if fault:
        return _("Be den som skrev din remiss att komplettera den, eller fråga din vårdlots.")
    if said.bookable == Bookable.APPROVAL:
        return _("Be din läkare skicka en begäran om godkännande till din hemregion.")
    return _way_out_of_doubt(said)


def _way_past_refusal(said: Said) -> str:
    if said.obstacles:
        return _(
            "Mottagningens avtal gäller inte för dig. Välj en annan tid, eller fråga din vårdlots."
        )
    if "outside_marketplace" in said.codes(Question.CHOICE):
        return _(
            "Välj en mottagning som har avtal med en region. Då betalar du vanlig patientavgift."
        )
    return _("Den här vården behöver en remiss från din läkare. Fråga din läkare eller vårdlots.")


def _way_out_of_doubt(said: Said) -> str:
    if said.home_region is None:
        return _("Välj din hemregion i sökningen, så svarar vi på det som beror på den.")
    if "remiss_age_unknown" in said.codes(Question.HOME_REQUIREMENT, Question.CARE_REQUIREMENT):
        return _("Fyll i din ålder i sökningen, så svarar vi.")
    if Requirement.UNKNOWN in (said.home_requirement, said.care_requirement):
        return _("Fråga din vårdlots om regionens remissregel innan du bokar.")
    return _("Fråga din vårdlots innan du bokar.")
