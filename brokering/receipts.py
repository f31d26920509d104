"""The frozen decision of a booking: what was known, which rules applied, what came out."""

from datetime import date, datetime
from typing import Any

from brokering.law.facts import Facts
from brokering.law.rulebook import RuleBook
from brokering.verdict import Verdict
from contracts.terms import ReferralRule, Terms

RECEIPT_VERSION = "1"


def receipt(verdict: Verdict, facts: Facts, rules: RuleBook, *, now: datetime) -> dict[str, Any]:
    """JSON of everything that the decision rested on; holds no identity.

    Birth date is left out: the age on the day stands for it.
    """
    return {
        "version": RECEIPT_VERSION,
        "decided_at": now.isoformat(),
        "facts": _facts(facts),
        "rules": [_rule(rule) for rule in _rules_read(facts, rules)],
        "terms": _terms(verdict.terms, verdict.place.day),
        "decision": verdict.decision.as_json(),
        "questions": [reason.question.value for reason in verdict.decision.reasons],
        "obstacles": list(verdict.obstacles),
        "bookable": verdict.bookable,
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
