"""The vårdlots's lists as the templates draw them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.screen import ago
from brokering.law.clock import ClockState
from brokering.law.deadline import Basis
from brokering.law.decision import GuaranteeEffect
from brokering.law.requirement import Requirement
from brokering.models import Booking, Referral
from brokering.selectors.alternatives import Alternative, Alternatives
from brokering.selectors.alternatives_together import AlternativePair
from brokering.selectors.rebookings import ToRebook
from brokering.selectors.suggestions import Suggestion
from brokering.selectors.worklist import Waiting
from brokering.templatetags.sentences import clause, region_name
from contracts.terms import Regime
from providers.selectors.clinics import care_name
from providers.selectors.freshness import told_of
from providers.templatetags.visiting import visit_time

register = template.Library()


def worklist_row(one: Waiting) -> dict[str, Any]:
    """A waiting need as one row of `components/_worklist.html`."""
    referral, clock = one.referral, one.clock
    address = reverse("alternatives", args=[referral.id])
    return {
        "key": referral.id,
        "url": address,
        "alternatives_url": address,
        "need": _need(referral.priority),
        "name": referral.patient.name,
        "care": care_name(referral.care),
        "since": one.waiting_since,
        "day_number": clock.counted_days if clock else None,
        "limit_days": clock.limit_days if clock else None,
        "due": one.deadline.on if one.deadline else None,
        "days_left": one.days_left,
        "risk": one.risk,
        "risk_words": _risk_words(one),
        "best": _best(one),
    }


def rebooking_row(one: ToRebook) -> dict[str, Any]:
    """Somebody who must get another place, as one row."""
    task, booking = one.task, one.task.booking
    decision = task.restriction or task.event
    return {
        "id": task.id,
        "need": _need(booking.referral.priority),
        "name": booking.patient.name,
        "care": care_name(booking.care),
        "since": one.waiting_since,
        "slot": booking.claim.slot,
        "decision": decision.decision_reference if decision else "",
        "postponed": task.event_id is not None,
        "owner": task.owner.get_full_name() or task.owner.get_username(),
        "next_on": task.next_on,
    }


def alternatives_table(
    referral: Referral, found: Alternatives, clock: ClockState | None
) -> dict[str, Any]:
    """The alternatives in columns, what differs from the best in bold."""
    best = found.best
    return {
        "heading": _("Andra platser för %(care)s") % {"care": care_name(referral.care)},
        "columns": [_column(one) for one in best],
        "rows": [_row(label, cells) for label, cells in _facts(best, clock)],
        "action": reverse("reroute_choose", args=[referral.id]),
        "name": "plats",
        "hidden": [("key", uuid4())],
        "button": _("Välj"),
        "nobody": [_refused(code, count) for code, count in sorted(found.refused.items())],
    }


def suggestions_list(referral: Referral, found: Sequence[Suggestion]) -> dict[str, Any]:
    """Clinics in the ranking's order, one place each, with the button of a reroute where it may be held."""
    return {
        "items": [
            {
                "slot": one.place.slot,
                "value": f"{one.place.slot.id}:{one.terms.lot}" if one.may_reroute else "",
                "is_late": not one.place.in_time,
                "facts": _suggested(one),
            }
            for one in found
        ],
        "action": reverse("reroute_choose", args=[referral.id]),
        "name": "plats",
        "key": uuid4(),
    }


def review_line(booking: Booking, other: Booking | None = None) -> dict[str, Any]:
    """The one line to read before a reroute is sent; `other`: what is given together with it."""
    slot = booking.claim.slot
    return {
        "sentence": _("%(patient)s får %(when)s hos %(clinic)s. Garantin fortsätter.")
        % {
            "patient": booking.patient.name,
            "when": both_times(booking, other),
            "clinic": slot.clinic.name,
        },
        "send_url": reverse("reroute_send", args=[booking.id]),
        "undo_url": reverse("reroute_undo", args=[booking.id]),
        "hidden": [("key", uuid4())],
    }


@register.filter
def both_times(booking: Booking, other: Booking | None) -> str:
    """When a visit is, and what is given together with it, the first one first."""
    slots = sorted(
        (one.claim.slot for one in (booking, other) if one), key=lambda one: one.starts_at
    )
    times = [visit_time(slot) for slot in slots]
    both = _("%(first)s och %(second)s")
    return times[0] if len(times) == 1 else both % {"first": times[0], "second": times[1]}


def _need(priority: int | None) -> str:
    return _("ej satt") if priority is None else str(priority)


def _risk_words(one: Waiting) -> str:
    left = one.days_left
    if one.risk == "paused":
        return _("Klockan står still")
    if left is None:
        return _("Ingen garanti")
    words = _days_words(left)
    is_target = one.deadline is not None and one.deadline.basis == Basis.MEDICAL_TARGET
    return _("Måldatum: %(left)s") % {"left": words} if is_target else words


def _days_words(left: int) -> str:
    if left < 0:
        return ngettext("%(n)s dag över", "%(n)s dagar över", -left) % {"n": -left}
    return ngettext("%(n)s dag kvar", "%(n)s dagar kvar", left) % {"n": left}


def _best(one: Waiting) -> str:
    if one.referral.state == "offered":
        return _("Har ett erbjudande att svara på")
    if one.to_be_asked:
        return _("Fråga först om vården behövs")
    if one.trigger:
        return _("Sök annan plats: %(why)s") % {"why": _(f"trigger.{one.trigger}")}
    return ""


def _column(one: Alternative) -> dict[str, Any]:
    clinic = one.slot.clinic
    return {
        "title": visit_time(one.slot),
        "clinic": clinic.name,
        "place": clinic.municipality.name,
        "value": _value(one),
    }


def _value(one: Alternative) -> str:
    """What a click on it says, as `place_chosen` reads it."""
    place = f"{one.slot.id}:{one.terms.lot}"
    return f"{place}:{one.follow.slot.id}" if isinstance(one, AlternativePair) else place


def _facts(best: tuple[Alternative, ...], clock: ClockState | None) -> list[tuple[str, list[str]]]:
    rows = [
        (_("Avstånd"), [_distance(one.distance_km) for one in best]),
        (_("Avtal"), [_agreement(one) for one in best]),
        (_("Får avtalet användas"), [_usable(one) for one in best]),
        (_("Betalar"), [_payer(one) for one in best]),
        (_("Pris"), [price_words(one) for one in best]),
        (_("Bedömning"), [_assessment(one) for one in best]),
        (_("Uppgiften är från"), [ago(told_of(one.slot).said_at) for one in best]),
    ]
    if pairs := [one for one in best if isinstance(one, AlternativePair)]:
        rows.insert(0, (_("Följs av"), [visit_time(one.follow.slot) for one in pairs]))
    if clock and clock.due:
        rows.insert(0, (_("Före garantins sista dag"), [_before_due(one) for one in best]))
    return rows


def _suggested(one: Suggestion) -> list[str]:
    """What a list of places tells of each, in a fixed order."""
    facts = [_in_time(one), _distance(one.distance_km), _agreement(one), _remiss(one)]
    facts += [_("%(region)s betalar") % {"region": _payer(one)}, _guarantee(one)]
    if one.place.places > 1:
        more = ngettext("%(n)s tid den dagen", "%(n)s tider den dagen", one.place.places)
        facts.append(more % {"n": one.place.places})
    return [fact[:1].upper() + fact[1:] for fact in facts]


def _in_time(one: Suggestion) -> str:
    if one.last is None:
        return _("inget sista datum")
    days = one.last.days_left(one.place.day)
    if one.last.basis == Basis.MEDICAL_TARGET:
        before = ngettext("%(n)s dag före måldatum", "%(n)s dagar före måldatum", abs(days))
        after = ngettext("%(n)s dag efter måldatum", "%(n)s dagar efter måldatum", abs(days))
    else:
        before = ngettext(
            "%(n)s dag före garantins sista dag", "%(n)s dagar före garantins sista dag", abs(days)
        )
        after = ngettext(
            "%(n)s dag efter garantins sista dag",
            "%(n)s dagar efter garantins sista dag",
            abs(days),
        )
    return (after if days < 0 else before) % {"n": abs(days)}


def _remiss(one: Suggestion) -> str:
    decision = one.verdict.decision
    asked = {decision.home_requirement, decision.care_requirement}
    if asked == {Requirement.NOT_REQUIRED}:
        return _("remiss behövs inte")
    if asked <= {Requirement.NOT_REQUIRED, Requirement.MET}:
        return _("remissen räcker")
    return _("remissen räcker inte, eller så vet vi inte")


def _guarantee(one: Suggestion) -> str:
    words = {
        GuaranteeEffect.RUNS: _("garantin fortsätter"),
        GuaranteeEffect.EXCLUDED: _("väntetiden räknas inte längre"),
        GuaranteeEffect.NONE: _("vården ingår inte i garantin"),
        GuaranteeEffect.UNSETTLED: _("om garantin fortsätter är inte avgjort"),
    }
    return words[one.verdict.decision.guarantee_effect]


def _row(label: str, cells: list[str]) -> dict[str, Any]:
    return {
        "label": label,
        "cells": [
            {"text": text, "differs": number > 0 and text != cells[0]}
            for number, text in enumerate(cells)
        ],
    }


def _before_due(one: Alternative) -> str:
    days = one.days_before_due or 0
    if days < 0:
        return ngettext("%(n)s dag efter", "%(n)s dagar efter", -days) % {"n": -days}
    return ngettext("%(n)s dag före", "%(n)s dagar före", days) % {"n": days}


def _distance(kilometres: float | None) -> str:
    if kilometres is None:
        return _("visas inte")
    return f"{number_format(round(kilometres))} km"


def _agreement(one: Alternative | Suggestion) -> str:
    regime = _(f"regime.{one.terms.regime}")
    return regime if one.terms.regime == Regime.OWN else f"{regime}: {one.terms.agreement_name}"


def _usable(one: Alternative) -> str:
    return _(f"search_step.{one.step}")


def _payer(one: Alternative | Suggestion) -> str:
    region = one.verdict.decision.payer_region
    return region_name(region) if region else _("inte avgjort")


def price_words(one: Alternative) -> str:
    """The price in force on the day, or that none is agreed; a synthetic price says so."""
    price = one.terms.price(one.day)
    if price is None or price.model == "not_agreed":
        return _("inget pris avtalat")
    words = _(f"price.{price.model}")
    if price.amount is not None:
        words = f"{number_format(price.amount, 0, force_grouping=True)} kr, {words}"
    return f"{words} ({_('påhittat')})" if price.synthetic else words


def _assessment(one: Alternative) -> str:
    if one.terms.accepts_referrer_assessment:
        return _("godtar remittentens")
    return _("gör egen")


def _refused(hindrance: str, count: int) -> str:
    clinics = ngettext("%(n)s mottagning", "%(n)s mottagningar", count) % {"n": count}
    return f"{clinics}: {why_words(hindrance)}"


@register.filter
def why_words(code: str) -> str:
    """The sentence for what a round says of a pair: its own code, or an id of the terms' or the law's."""
    name = code if "." in code else f"match.{code}"
    told = _(name)
    if "%(" not in told:
        return told
    names = {"home_region": _("hemregionen"), "care_region": _("vårdregionen")}
    return clause(told % {**names, "region": _("regionen")})


@register.filter
def grounds_of(grounds: Mapping[str, Sequence[str]], code: str) -> list[tuple[str, str]]:
    """The reasons that the law gave for one of a round's reasons: code and sentence."""
    return [(one.removeprefix("reason."), why_words(one)) for one in grounds.get(code, ())]


@register.filter
def at_clinics(clinics: Mapping[str, int], code: str) -> str:
    """At how many clinics a reason takes places away; empty where that is not known."""
    count = clinics.get(code)
    if count is None:
        return ""
    return ngettext("%(n)s mottagning", "%(n)s mottagningar", count) % {"n": count}
