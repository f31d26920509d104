"""The frozen decision of a booking: what was known, which rules applied, what came out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from brokering.law.explanation import Short, Weight
from brokering.law.facts import Facts
from brokering.law.routes import GuaranteeEffect
from brokering.law.rulebook import RuleBook
from brokering.verdict import Verdict
from contracts.terms import ReferralRule, Terms

RECEIPT_VERSION = "2"
"""Since 2 a receipt keeps its explanation; before, the question of each reason stood beside them."""


def receipt(
    verdict: Verdict, *, now: datetime, cancel_before: timedelta = timedelta(0)
) -> dict[str, Any]:
    """JSON of everything that the decision rested on, and its explanation; holds no identity.

    Birth date is left out: the age on the day stands for it. `cancel_before` is how long before the visit
    the clinic lets the patient cancel.
    """
    facts, rules = verdict.explanation.asked, verdict.explanation.rules
    return {
        "version": RECEIPT_VERSION,
        "decided_at": now.isoformat(),
        "facts": _facts(facts),
        "rules": [_rule(rule) for rule in _rules_read(facts, rules)],
        "terms": _terms(verdict.terms, verdict.place.day),
        "decision": verdict.decision.as_json(),
        "explanation": verdict.as_json(),
        "obstacles": list(verdict.obstacles),
        "bookable": verdict.bookable,
        "clinic_approves": verdict.clinic_approves,
        "cancel_before_seconds": int(cancel_before.total_seconds()),
    }


def cancel_until(receipt: Mapping[str, Any], *, starts_at: datetime) -> datetime:
    """The last moment at which the patient may cancel or move the visit, as they were told."""
    return starts_at - timedelta(seconds=receipt.get("cancel_before_seconds", 0))


def explanation_of(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """The explanation as it was when the place was taken, whatever law and rules say since."""
    if "explanation" in receipt:
        return dict(receipt["explanation"])
    stops = receipt["decision"]["guarantee_effect"] == GuaranteeEffect.EXCLUDED
    return {
        "short": (Short.YES_GUARANTEE_STOPS if stops else Short.YES).value,
        "home_region": receipt["facts"]["home_region"],
        "care_region": receipt["facts"]["care_region"],
        "reasons": [
            reason | {"question": question, "interpretation": False, "weight": Weight.TELLS.value}
            for reason, question in zip(
                receipt["decision"]["reasons"], receipt["questions"], strict=True
            )
        ],
        "lacking": [],
        "obstacles": [],
        "changes": [],
    }


def _rules_read(facts: Facts, rules: RuleBook) -> list[ReferralRule]:
    regions = {facts.patient.home_region, facts.clinic.care_region}
    return [
        rule
        for rule in rules.rows
        if rule.region in regions and rule.care == facts.care.code and rule.in_force(facts.on)
    ]


def _facts(facts: Facts) -> dict[str, Any]:
    remiss = facts.referral
    return {
        "on": facts.on.isoformat(),
        "route": facts.route,
        "home_region": facts.patient.home_region,
        "responsibility": facts.patient.responsibility,
        "age": facts.patient.age(facts.on),
        "care": facts.care.code,
        "form": facts.care.form,
        "care_region": facts.clinic.care_region,
        "regime": facts.clinic.regime,
        "guarantee": facts.guarantee,
        "need_approved_by_home": facts.need_approved_by_home,
        "referral": None
        if remiss is None
        else {
            "issued_on": remiss.issued_on.isoformat(),
            "issuer": remiss.issuer,
            "issuer_region": remiss.issuer_region,
            "extras": sorted(remiss.extras),
        },
    }


def _rule(rule: ReferralRule) -> dict[str, Any]:
    return {
        "region": rule.region,
        "care": rule.care,
        "required": rule.required,
        "text": rule.text_sv,
        "source": rule.source,
        "valid_from": _day(rule.valid_from),
        "checked": _day(rule.checked),
    }


def _terms(terms: Terms | None, day: date) -> dict[str, Any] | None:
    if terms is None:
        return None
    price = terms.price(day)
    return {
        "agreement": str(terms.agreement),
        "agreement_name": terms.agreement_name,
        "lot": str(terms.lot),
        "regime": terms.regime,
        "buyers": sorted(terms.buyers),
        "valid_from": terms.valid_from.isoformat(),
        "valid_to": _day(terms.valid_to),
        "price": None
        if price is None
        else {
            "model": price.model,
            "amount": None if price.amount is None else str(price.amount),
            "list": price.list_name,
            "list_version": price.list_version,
            "synthetic": price.synthetic,
        },
        "synthetic": terms.synthetic,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
