"""A referral rule in words: whom it concerns, and what two versions differ in."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext as _

from accounts.templatetags.wording import worded
from contracts.terms import ReferralRule

register = template.Library()

WORDED = {"form": "care_form", "regime": "regime", "confidence": "confidence"}
LISTS = {"accepted_issuers": "issuer", "extra_requirements": "extra"}


@register.filter
def conditions(rule: ReferralRule) -> list[str]:
    """Everything that narrows the rule, each in a few words; empty when it holds for everyone."""
    said = [
        worded(rule.form, "care_form") if rule.form else "",
        _ages(rule),
        _("hos mottagningar med %(regime)s") % {"regime": worded(rule.regime, "regime")}
        if rule.regime
        else "",
        _("på %(site)s") % {"site": rule.site} if rule.site else "",
        _("remissen ska komma från %(issuers)s")
        % {"issuers": _listed(rule.accepted_issuers, "issuer")}
        if rule.accepted_issuers
        else "",
        _("med remissen ska följa %(extras)s")
        % {"extras": _listed(rule.extra_requirements, "extra")}
        if rule.extra_requirements
        else "",
        _("gäller inte omedelbar vård") if rule.immediate_care_exempt else "",
    ]
    return [words for words in said if words]


@register.filter
def in_words(value: Any, name: str) -> str:
    """What one version of a rule says in one column: `difference.before|in_words:difference.name`."""
    if name == "required":
        return worded("yes" if value else "no", "required")
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if name in LISTS and value:
        return _listed(value, LISTS[name])
    if value in (None, "") or not value and name in LISTS:
        return _("inget villkor")
    return worded(str(value), WORDED[name]) if name in WORDED else str(value)


def _ages(rule: ReferralRule) -> str:
    if not rule.has_ages:
        return ""
    if rule.age_max is None:
        return _("från %(age)s år") % {"age": rule.age_min}
    if rule.age_min is None:
        return _("till och med %(age)s år") % {"age": rule.age_max}
    return _("%(low)s till och med %(high)s år") % {"low": rule.age_min, "high": rule.age_max}


def _listed(codes: Iterable[str], kind: str) -> str:
    return ", ".join(worded(code, kind) for code in sorted(codes))
