"""Hands agreements to the pure core as frozen terms."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from accounts.database.statements import tuples_of
from contracts.designations import Designated, Designation
from contracts.terms import (
    Cap as CapValue,
)
from contracts.terms import (
    CapPeriod,
    Eligibility,
    OpenForOthers,
    Price,
    Regime,
    Terms,
)

BUYERS = """
    SELECT b.region_id FROM contracts_agreement_buyers b
    WHERE b.agreement_id = a.id AND (a.cooperation <> 'joint'
        OR EXISTS (SELECT 1 FROM contracts_party_members i
                   WHERE i.party_id = a.party_id AND i.region_id = b.region_id)
        OR EXISTS (SELECT 1 FROM contracts_adoption i
                   WHERE i.agreement_id = a.id AND i.region_id = b.region_id))
"""
"""The buyers whom an agreement binds: under a joint one, who signs it and those that have adopted it."""
AGREED_FROM = """
    SELECT min(b.valid_from) FROM contracts_lot v
    JOIN contracts_agreement b ON b.id = v.agreement_id AND b.state IN ('active', 'ended')
    WHERE v.lineage = l.lineage AND v.qualified
"""
PRICES = """
    SELECT json_agg(json_build_array(
        i.valid_from, i.valid_to, i.model, i.amount::text, i.subscription::text, i.unit,
        i.list_name, i.list_version, i.synthetic) ORDER BY i.valid_from DESC)
    FROM contracts_priceline i WHERE i.lot_id = l.id AND i.care_id = %(care)s
"""
"""Amounts travel as text, so that JSON changes nothing."""
CAPS = """
    SELECT json_agg(json_build_array(i.lineage, i.places, i.period, i.region_id) ORDER BY i.id)
    FROM contracts_cap i WHERE i.lot_id = l.id
"""
QUOTAS = """
    SELECT json_agg(json_build_array(
        coalesce(i.counts_with, i.id), i.places, i.period, i.region_id, i.valid_from, i.valid_to)
        ORDER BY i.id)
    FROM contracts_regionquota i
    WHERE i.clinic_id = l.clinic_id AND (i.care_id IS NULL OR i.care_id = %(care)s)
"""
DESIGNATED = """
    SELECT json_build_array(
        k.hospital_level = 'national',
        (SELECT json_agg(json_build_array(
            i.region_id, i.basis = 'national', i.clinic_id, i.valid_from, i.valid_to) ORDER BY i.id)
         FROM contracts_designation i WHERE i.care_id = k.code))
    FROM providers_care k WHERE k.code = %(care)s
"""
"""Of the care, so it is asked once, however many lots there are."""
LOTS = f"""
    SELECT l.id AS lot, l.clinic_id AS clinic, l.age_min, l.age_max, l.bmi_max, l.asa_max,
           l.excluded_needs, l.accepts_referrer_assessment, a.id AS agreement,
           a.name AS agreement_name, a.regime, a.open_for_others, a.valid_from, a.valid_to,
           a.confidentiality::text AS confidentiality, a.synthetic, bound.buyers,
           ARRAY(SELECT u.region_id FROM contracts_agreement_usable_by u
                 WHERE u.agreement_id = a.id) AS usable_by,
           ({AGREED_FROM}) AS agreed_from, ({PRICES}) AS prices, ({CAPS}) AS caps,
           ({QUOTAS}) AS quotas, ({DESIGNATED})::text AS designated
    FROM contracts_lot l JOIN contracts_agreement a ON a.id = l.agreement_id
    CROSS JOIN LATERAL (SELECT ARRAY({BUYERS}) AS buyers) AS bound
"""
"""Lots in whatever state with all that belongs to them, in one statement."""
WITH_CARE = """
    EXISTS (SELECT 1 FROM contracts_lot_cares o WHERE o.lot_id = l.id AND o.care_id = %(care)s)
"""
CARRIES = f"l.qualified AND a.state = 'active' AND bound.buyers <> '{{}}' AND {WITH_CARE}"
"""The lots that carry visits: qualified, of an active agreement that binds somebody."""


def terms_of_care(
    care: str, *, first: date, last: date, clinics: Iterable[UUID] | None = None
) -> dict[UUID, list[Terms]]:
    """Terms per clinic that are active and in force on some day of the period, for one care."""
    known: dict[str, Any] = {"care": care, "first": first, "last": last}
    within = "(a.valid_to IS NULL OR a.valid_to >= %(first)s) AND a.valid_from <= %(last)s"
    if clinics is not None:
        wanted = list(clinics)
        # The server keeps the plan for one; for any number of them it would plan anew each time.
        known |= {"clinic": wanted[0]} if len(wanted) == 1 else {"clinics": wanted}
        among = "= %(clinic)s" if len(wanted) == 1 else "= ANY(%(clinics)s)"
        within = f"l.clinic_id {among} AND {within}"
    found: dict[UUID, list[Terms]] = defaultdict(list)
    for terms in _terms(f"{CARRIES} AND {within}", known):
        found[terms.clinic].append(terms)
    return found


def terms_of_lot(lot_id: UUID, care: str) -> Terms | None:
    """The terms of one lot for a care; None when it does not exist, is not active, or lacks the care."""
    return next(_terms(f"{CARRIES} AND l.id = %(lot)s", {"care": care, "lot": lot_id}), None)


def terms_of_lots(lots: Iterable[UUID], care: str | None) -> dict[UUID, Terms]:
    """The terms of some lots in whatever state; None leaves out the prices and quotas of one care."""
    found = _terms("l.id = ANY(%(lots)s)", {"care": care, "lots": list(lots)})
    return {terms.lot: terms for terms in found}


def _terms(which: str, known: dict[str, Any]) -> Iterator[Terms]:
    """The lots of a condition as frozen values, by the agreement's name."""
    for row in tuples_of(f"{LOTS} WHERE {which} ORDER BY a.name, l.id", known):
        yield _terms_value(_Row(*row), known["care"] or "")


@dataclass(frozen=True)
class _Row:
    """A row of LOTS."""

    lot: UUID
    clinic: UUID
    age_min: int | None
    age_max: int | None
    bmi_max: int | None
    asa_max: int | None
    excluded_needs: list[str]
    accepts_referrer_assessment: bool
    agreement: UUID
    agreement_name: str
    regime: str
    open_for_others: str
    valid_from: date
    valid_to: date | None
    confidentiality: str
    """As JSON, like `designated`: nearly all lots say the same, so it is read once."""
    synthetic: bool
    buyers: list[str]
    usable_by: list[str]
    agreed_from: date | None
    prices: list[list[Any]] | None
    caps: list[list[Any]] | None
    quotas: list[list[Any]] | None
    designated: str | None


def _terms_value(row: _Row, care: str) -> Terms:
    return Terms(
        lot=row.lot,
        agreement=row.agreement,
        agreement_name=row.agreement_name,
        clinic=row.clinic,
        care=care,
        regime=Regime(row.regime),
        buyers=frozenset(row.buyers),
        usable_by=frozenset(row.usable_by),
        open_for_others=OpenForOthers(row.open_for_others),
        eligibility=Eligibility(
            age_min=row.age_min,
            age_max=row.age_max,
            bmi_max=row.bmi_max,
            asa_max=row.asa_max,
            excluded_needs=frozenset(row.excluded_needs),
        ),
        accepts_referrer_assessment=row.accepts_referrer_assessment,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        agreed_from=row.agreed_from,
        caps=(*map(_cap, row.caps or ()), *map(_quota, row.quotas or ())),
        prices=tuple(map(_price_line, row.prices or ())),
        confidentiality=_confidentiality(row.confidentiality),
        designated=_designated(row.designated, row.clinic),
        synthetic=row.synthetic,
    )


@lru_cache(maxsize=1024)
def _confidentiality(told: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(json.loads(told).items()))


@lru_cache(maxsize=1024)
def _designations(told: str) -> tuple[bool, list[list[Any]] | None]:
    national, rows = json.loads(told)
    return national, rows


def _designated(told: str | None, clinic: UUID) -> Designated:
    national, rows = (False, None) if told is None else _designations(told)
    clinics = tuple(
        Designation(
            region=region,
            national=is_national,
            here=UUID(where) == clinic,
            valid_from=date.fromisoformat(first),
            valid_to=_day(last),
        )
        for region, is_national, where, first, last in rows or ()
    )
    return Designated(national, clinics)


def _cap(cap: list[Any]) -> CapValue:
    counter, places, period, region = cap
    return CapValue(counter=UUID(counter), places=places, period=CapPeriod(period), region=region)


def _quota(quota: list[Any]) -> CapValue:
    counter, places, period, region, first, last = quota
    return CapValue(
        counter=UUID(counter),
        places=places,
        period=CapPeriod(period),
        region=region,
        is_quota=True,
        valid_from=date.fromisoformat(first),
        valid_to=_day(last),
    )


def _price_line(line: list[Any]) -> tuple[date, date | None, Price]:
    first, last, model, amount, subscription, unit, list_name, list_version, synthetic = line
    price = Price(
        model=model,
        amount=None if amount is None else Decimal(amount),
        subscription=None if subscription is None else Decimal(subscription),
        unit=unit,
        list_name=list_name,
        list_version=list_version,
        synthetic=synthetic,
    )
    return date.fromisoformat(first), _day(last), price


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
