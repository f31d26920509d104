"""A hit as the screen shows it: one card for every list of free places."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import template
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.errors import Refusal
from accounts.templatetags.screen import weekday_date
from brokering.actions.questions import clinic_answer_by
from brokering.law.codes import ReasonCode
from brokering.law.decision import Bookable
from brokering.law.explanation import Weight
from brokering.selectors.forecasts import Outlook
from brokering.selectors.search import Hit
from brokering.templatetags.answers import Answer, Said, four_answers, said_of_verdict
from brokering.templatetags.sentences import (
    ChangeText,
    change_texts,
    obstacle_texts,
    region_name,
    short_text,
    weighed_texts,
)
from brokering.verdict import Verdict
from contracts.terms import Regime
from providers.forms.reception import LANGUAGES, PREMISES
from providers.models import Slot
from providers.reliability import Word
from providers.templatetags.events import serious_event
from providers.templatetags.visiting import visit_day

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
    ways: list[ChangeText]
    care: CareCard
    clinic: ClinicCard
    distance_km: int | None
    terms: TermsCard
    answers: list[Answer]
    confirmed_at: datetime
    stale: bool
    dot: str
    when: str
    any_time: bool
    on_video: bool
    languages: list[str]
    premises: list[str]
    places: int
    promised_age: timedelta
    word: Word
    word_url: str
    outlook: Outlook | None
    outlook_url: str


@register.inclusion_tag("components/_hit.html", takes_context=True)
def hit_card(
    context: template.Context, hit: Hit, address: str = "", with_care: bool = False
) -> dict[str, Any]:
    """Draw one hit; `address` is what the search says in its own address, handed on to the next page."""
    return {
        "hit": card_of(hit, address, with_care=with_care),
        "event": serious_event(context, hit.place.region_name),
    }


@register.inclusion_tag("brokering/_answers.html")
def hit_answers(hit: Hit) -> dict[str, Any]:
    """The four answers alone."""
    return {"answers": four_answers(said_of_verdict(hit.verdict))}


@register.inclusion_tag("brokering/_refused_why.html")
def why_refused(refusal: Refusal) -> dict[str, Any]:
    """What law and terms had against it, and what would change that; nothing for other refusals."""
    explained = refusal.data.get("explanation")
    if not explained:
        return {}
    stops, unsure = (weighed_texts(explained, weight) for weight in (Weight.STOPS, Weight.OPEN))
    return {
        "short": short_text(explained),
        "reasons": [*obstacle_texts(explained), *stops, *unsure],
        "ways": change_texts(explained),
    }


def card_of(hit: Hit, address: str = "", *, with_care: bool = False) -> HitCard:
    """The hit in words."""
    place = hit.place
    said = said_of_verdict(hit.verdict, with_changes=hit.verdict.bookable != Bookable.YES)
    url = reverse("slot", args=[place.slot])
    return HitCard(
        slot_id=place.slot,
        starts_at=localtime(place.starts_at),
        ends_at=localtime(place.ends_at),
        url=f"{url}?{address}" if address else url,
        bookable=hit.bookable,
        way_there=way_there(hit, said),
        ways=change_texts(said.explained),
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
        when=visit_day(place),
        any_time=place.any_time,
        on_video=place.mode == Slot.Mode.VIDEO,
        languages=[str(words) for code, words in LANGUAGES if code in place.languages],
        premises=[str(words) for code, words in PREMISES if code in place.accessibility],
        places=place.places,
        promised_age=place.promised_age,
        word=hit.word,
        word_url=reverse("clinic-word", args=[place.clinic]),
        outlook=hit.outlook,
        outlook_url=f"{reverse('clinic-forecast', args=[place.clinic])}?vard={hit.verdict.place.care.code}",
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


def _clinic_first(hit: Hit) -> str:
    """That the clinic says yes first, and by when; nothing where it does not."""
    if not hit.verdict.clinic_approves:
        return ""
    answer_by = clinic_answer_by(hit.place.starts_at, now=hit.now)
    if answer_by is None:
        return _("Mottagningen ska godkänna tiden först, och det är för sent att fråga den.")
    words = _("Mottagningen ska godkänna tiden först. Den svarar senast %(day)s.")
    return words % {"day": weekday_date(answer_by)}


def way_there(hit: Hit, said: Said) -> str:
    """What to do when the place cannot simply be booked, besides what would change the answer."""
    if hit.bookable == Bookable.YES:
        return _clinic_first(hit)
    if not hit.released and hit.verdict.bookable != Bookable.NO:
        return _opens_later(hit)
    if hit.room and hit.verdict.bookable != Bookable.NO:
        return _(f"refusal.{hit.room}")
    return _to_tell(said) or _to_do(said)


def _opens_later(hit: Hit) -> str:
    when = {"when": _("%(day)s kl. %(time)s") % _moment(localtime(hit.opens_at))}
    if hit.is_kept:
        return (
            _("Mottagningen håller den för sina egna regioner. Den öppnar för dig %(when)s.") % when
        )
    return (
        _("Den öppnar för alla %(when)s. Till dess går den till den som har störst behov.") % when
    )


def _moment(moment: datetime) -> dict[str, str]:
    return {"day": date_words(moment, "l j F"), "time": date_words(moment, "H:i")}


def _to_tell(said: Said) -> str:
    """What to fill in on the search page, so that there is an answer."""
    lacking = said.explained["lacking"]
    if ReasonCode.REMISS_HOME_REGION_MISSING in lacking:
        return _("Välj din hemregion i sökningen, så svarar vi på det som beror på den.")
    if ReasonCode.REMISS_AGE_UNKNOWN in lacking:
        return _("Fyll i din ålder i sökningen, så svarar vi.")
    return ""


def _to_do(said: Said) -> str:
    """Whom to ask where nothing that the person could change helps."""
    if said.explained["changes"]:
        return ""
    if said.bookable == Bookable.NO:
        return _("Välj en annan tid, eller fråga din vårdlots.")
    return _("Fråga din vårdlots innan du bokar.")
