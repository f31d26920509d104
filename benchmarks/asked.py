"""What people ask for: a mix of searches over the whole country, the same for the same seed."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from django.db.models import Count

from brokering.selectors.places import swedish_day
from brokering.selectors.queries import Query
from brokering.selectors.search import Page
from contracts.terms import Regime
from providers.models import Care, Municipality, Slot

SEED = 55
WITH_NEAR, BY_DISTANCE, WITHIN, WITH_DAYS, WITH_REGION = 0.6, 0.5, 0.4, 0.4, 0.15
WITH_FORM, WITH_REMISS, WITH_AGE, NEXT_PAGE = 0.2, 0.7, 0.3, 0.25
"""Shares of the searches: a choice, no measurement."""


def searches(number: int, now: datetime) -> Iterator[Query]:
    """So many searches; a care is asked for as often as it has free times, a town as often as any other."""
    rng = random.Random(SEED)
    found = Slot.objects.values_list("care_id").annotate(times=Count("id")).order_by("care_id")
    cares, weights = zip(*found, strict=True)
    towns = list(Municipality.objects.order_by("code").values_list("code", "region_id"))
    forms = dict(Care.objects.values_list("code", "form"))
    for _ in range(number):
        town, region = rng.choice(towns)
        care = rng.choices(cares, weights)[0]
        query = Query(care=care, home_region=region, remiss=rng.random() < WITH_REMISS)
        yield _narrowed(_placed(query, town, region, rng), forms[care], now, rng)


def judged(queries: Iterable[Query]) -> Iterator[Query]:
    """The same searches with a filter in turn that law and terms answer, and with both orders in one."""
    filters: tuple[dict[str, Any], ...] = (
        {"bookable": True},
        {"assessment": "own"},
        {"assessment": "accepts"},
        {"regime": Regime.LOV},
        {"order": "both"},
    )
    for query, narrower in zip(queries, cycle(filters)):
        yield replace(query, **narrower)


def _placed(query: Query, town: str, region: str, rng: random.Random) -> Query:
    """Near a town, by distance, within some kilometres, or in one region."""
    if rng.random() < WITH_NEAR:
        order = "distance" if rng.random() < BY_DISTANCE else "date"
        query = replace(query, near=town, order=order)
        if rng.random() < WITHIN:
            query = replace(query, within_km=rng.choice((30, 60, 100, 200)))
    elif rng.random() < WITH_REGION:
        query = replace(query, region=region)
    return query


def _narrowed(query: Query, form: str, now: datetime, rng: random.Random) -> Query:
    """Days, form, age."""
    if rng.random() < WITH_DAYS:
        first = swedish_day(now) + timedelta(days=rng.randrange(1, 60))
        query = replace(query, first=first, last=first + timedelta(days=rng.choice((7, 14, 30))))
    if form == "inpatient_or_day" and rng.random() < WITH_FORM:
        query = replace(query, form="open")
    if rng.random() < WITH_AGE:
        query = replace(query, age=rng.randrange(0, 95))
    return query


def turns_the_page(page: Page, rng: random.Random) -> bool:
    """Whether the one who asked goes on to the next page."""
    return bool(page.next_cursor) and rng.random() < NEXT_PAGE
