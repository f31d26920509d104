"""An agreement in words: its fields, what stands in them, and what has been done with it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.templatetags.screen import weekday_date
from accounts.templatetags.wording import worded
from contracts.drafts import (
    AgreementDraft,
    CapDraft,
    Difference,
    Fault,
    FollowOnDraft,
    LotDraft,
    OptionDraft,
    PriceDraft,
    SourceDraft,
)
from contracts.selectors.agreement_names import Names
from providers.selectors.clinics import care_name

register = template.Library()

LOT_FIELDS = frozenset(one.name for one in fields(LotDraft))
CODED = {
    "regime": "regime",
    "cooperation": "cooperation",
    "open_for_others": "open_for_others",
}
OWN_TERMS = (
    *("name", "reference", "regime", "cooperation", "party", "seller", "buyers", "usable_by"),
    *("open_for_others", "valid_from", "valid_to", "valid_to_at_most"),
    *("source_document", "confidentiality"),
)
"""The agreement's own terms, in the order in which a page shows them."""
REGIONS = frozenset({"buyers", "usable_by"})


@register.filter
def field_words(path: str) -> str:
    """A field of a difference in words, with its lot: `lots.Del 1.caps` is "Del 1: volymtak"."""
    if not path.startswith("lots."):
        return worded(path, "agreement_field")
    lot, _dot, name = path.removeprefix("lots.").rpartition(".")
    if lot and name in LOT_FIELDS:
        return f"{lot}: {worded(name, 'agreement_field')}"
    return _("Anbudsområde: %(lot)s") % {"lot": path.removeprefix("lots.")}


@register.filter
def is_hidden(difference: Difference, hides: dict[str, str]) -> bool:
    """Whether the reader may not see what a difference says."""
    lot, _dot, name = difference.field.rpartition(".")
    whole = isinstance(difference.before or difference.after, LotDraft)
    return name in hides or (whole and bool({"prices", "caps"} & set(hides)))


@register.simple_tag
def term_words(value: Any, path: str, names: Names) -> list[str]:
    """What stands in a field, a line for each thing in it; nothing where it is empty."""
    name = path.rpartition(".")[2]
    if value is None or value in ("", ()):
        return [_("inget")]
    if isinstance(value, tuple):
        return [_one(item, name, names) for item in value]
    return [_one(value, name, names)]


@register.simple_tag
def own_terms(draft: AgreementDraft, names: Names) -> list[tuple[str, list[str]]]:
    """Field and words of each of the agreement's own terms; a dash where nothing stands in it."""
    said = ((name, getattr(draft, name)) for name in OWN_TERMS)
    empty = (None, "", ())
    return [(n, ["–"] if value in empty else term_words(value, n, names)) for n, value in said]


@register.simple_tag
def parts_of(
    owner: AgreementDraft | LotDraft, kind: str, lot: int | str, names: Names
) -> list[tuple[str, str]]:
    """Path and words of each part in a list of the agreement, or of the lot with that number."""
    before = kind if isinstance(owner, AgreementDraft) else f"lots.{lot}.{kind}"
    parts = getattr(owner, kind)
    return [(f"{before}.{number}", _one(part, kind, names)) for number, part in enumerate(parts)]


@register.filter
def fault_words(fault: Fault) -> str:
    """Where something is wrong, and what."""
    name = fault.field.rpartition(".")[2]
    return f"{worded(name, 'agreement_field')}: {worded(fault.code, 'agreement_fault')}"


@register.simple_tag
def price_words(price: PriceDraft) -> str:
    """A price line without its care and days: the amount and its unit, the list, or that none is agreed."""
    parts = [worded(price.model, "price")]
    if price.amount is not None:
        unit = f" {price.unit}" if price.unit else ""
        parts.append(_("%(amount)s kr%(unit)s") % {"amount": kronor(price.amount), "unit": unit})
    if price.subscription is not None:
        parts.append(_("%(amount)s kr om året") % {"amount": kronor(price.subscription)})
    if price.list_name:
        parts.append(f"{price.list_name} {price.list_version}".strip())
    return ", ".join(parts)


@register.filter
def kronor(amount: Decimal) -> str:
    """An amount as it is written on screen, without decimals where they are nought."""
    decimals = 0 if amount == amount.to_integral() else 2
    return number_format(amount, decimals, force_grouping=True)


@register.filter
def limits(lot: LotDraft) -> list[str]:
    """Whom the lot takes, in a few words each; empty where it takes everyone."""
    said = (
        (lot.age_min, _("från %(number)s år")),
        (lot.age_max, _("till och med %(number)s år")),
        (lot.bmi_max, _("BMI högst %(number)s")),
        (lot.asa_max, _("ASA-klass högst %(number)s")),
    )
    return [words % {"number": number} for number, words in said if number is not None]


@register.filter
def region_name(code: str, names: Names) -> str:
    """A region's name; its code where it is none that is known."""
    return names.regions.get(code, code)


@register.simple_tag
def region_names(codes: tuple[str, ...], names: Names) -> str:
    """The regions' names, side by side."""
    return ", ".join(names.regions.get(code, code) for code in codes)


@register.simple_tag
def care_words(codes: tuple[str, ...], cares: dict[str, Any]) -> list[str]:
    """The cares' names in the reader's language, in their order."""
    return sorted(str(care_name(cares[code])) if code in cares else code for code in codes)


def _one(value: Any, name: str, names: Names) -> str:
    worder = WORDERS.get(type(value))
    if worder is not None:
        return worder(value, names)
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if name in CODED:
        return worded(str(value), CODED[name])
    known: dict[str, Any] = {
        "clinic": names.clinics,
        "seller": names.sellers,
        "party": names.parties,
        **dict.fromkeys(REGIONS, names.regions),
    }
    if name == "cares":
        return _care(value, names)
    if name == "confidentiality":
        return f"{worded(value[0], 'agreement_field')}: {worded(value[1], 'level')}"
    return str(known.get(name, {}).get(value, value))


def _care(code: str, names: Names) -> str:
    return str(care_name(names.cares[code])) if code in names.cares else code


def _cap(cap: CapDraft, names: Names) -> str:
    whose = names.regions.get(cap.region, cap.region) if cap.region else _("alla patienter")
    words = _("%(places)s platser %(period)s, %(whose)s")
    return words % {
        "places": cap.places,
        "period": worded(cap.period, "cap_period"),
        "whose": whose,
    }


def _price(price: PriceDraft, names: Names) -> str:
    return f"{_care(price.care, names)}: {price_words(price)}, {_period(price.valid_from, price.valid_to)}"


def _period(first: date, last: date | None) -> str:
    if last is None:
        return _("från %(day)s") % {"day": weekday_date(first)}
    return f"{weekday_date(first)} – {weekday_date(last)}"


def _option(option: OptionDraft, names: Names) -> str:
    words = _("%(months)s månader") % {"months": option.months}
    if option.decide_by is None:
        return words
    return words + _(", beslut senast %(day)s") % {"day": weekday_date(option.decide_by)}


def _follow_on(one: FollowOnDraft, names: Names) -> str:
    return f"{_care(one.investigation, names)} → {_care(one.treatment, names)}"


def _source(source: SourceDraft, names: Names) -> str:
    return f"{worded(source.field, 'agreement_field')}: {source.title} – ”{source.says}”"


def _lot(lot: LotDraft, names: Names) -> str:
    cares = ", ".join(_care(code, names) for code in lot.cares)
    return f"{names.clinics.get(lot.clinic, lot.clinic)}: {cares}"


WORDERS: dict[type, Callable[[Any, Names], str]] = {
    CapDraft: _cap,
    PriceDraft: _price,
    OptionDraft: _option,
    FollowOnDraft: _follow_on,
    SourceDraft: _source,
    LotDraft: _lot,
    date: lambda day, names: weekday_date(day),
    Decimal: lambda amount, names: kronor(amount),
}
