"""How long the law's table takes for one pair, beside the plain function on the same pairs."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import product
from time import perf_counter

import numpy as np

from brokering.law.decision import decide
from brokering.law.errors import RouteMismatch
from brokering.law.facts import (
    CareFacts,
    CareForm,
    CareKind,
    CareLevel,
    ClinicFacts,
    Facts,
    Guarantee,
    PatientFacts,
    ReferralFacts,
    Route,
)
from brokering.law.rulebook import RuleBook
from brokering.law.table import DecisionTable, OfferClass, Positions, SeekerClass
from contracts.reference import read_completeness, read_referral_rules
from contracts.terms import Regime
from providers.reference import read_cares, read_regions

ON = date(2021, 6, 1)
CARE = "utr-sprakstorning"
"""The care whose published rules ask the most: ages, issuers and enclosures."""
BLOCK, BLOCKS, ROUNDS = 50_000, 40, 7
"""Two million pairs, asked some ten thousands at a time: what fits beside the processor."""
PLAIN_PAIRS, PLAIN_ROUNDS = 2_000, 7
ASKED = ("bookable", "payer", "home_requirement", "care_requirement", "guarantee_effect")
NANO = 1e9


def main() -> None:
    """Two lines: reading a pair's five answers, and deciding the classes once."""
    rules = RuleBook(read_referral_rules(), read_completeness())
    seekers, offers = list(seeker_classes()), list(offer_classes())
    begun = perf_counter()
    table = DecisionTable(seekers, offers, on=ON, rules=rules)
    building = perf_counter() - begun
    random = np.random.default_rng(1)
    i, j = (random.integers(0, len(side), (BLOCKS, BLOCK)) for side in (seekers, offers))
    read = fastest(partial(read_all, table, i, j), ROUNDS) / i.size * NANO
    few = zip(i[0, :PLAIN_PAIRS], j[0, :PLAIN_PAIRS], strict=True)
    facts = [offers[offer].sought_by(seekers[seeker], ON) for seeker, offer in few]
    plain = fastest(partial(decide_each, facts, rules), PLAIN_ROUNDS) / PLAIN_PAIRS * NANO
    reference = {"reference": "decide on a pair", "reference_value": round(plain, 2)}
    size = {"size": i.size, "seekers": len(seekers), "offers": len(offers)}
    tell("law.table", read, reference | {"ratio": round(read / plain, 5)} | size)
    once = building / (len(seekers) * len(offers)) * NANO
    decided = {"size": len(seekers) * len(offers), "decided": table.decided}
    tell("law.table_built", once, reference | {"ratio": round(once / plain, 5)} | decided)


def tell(name: str, value: float, more: dict[str, object]) -> None:
    """Print one line."""
    print(
        json.dumps({"name": name, "value": round(value, 2), "unit": "nanoseconds a pair", **more})
    )


def read_all(table: DecisionTable, seekers: Positions, offers: Positions) -> None:
    """Five answers of every pair, a block at a time."""
    for block in zip(seekers, offers, strict=True):
        five_answers(table, *block)


def five_answers(table: DecisionTable, seekers: Positions, offers: Positions) -> list[object]:
    """What a matcher asks of every pair, each answer an array of its own."""
    answers = table.answers(seekers, offers)
    return [np.ascontiguousarray(answers[name]) for name in ASKED]


def decide_each(facts: list[Facts], rules: RuleBook) -> None:
    """The plain function on each pair; a route that is astray is refused at once."""
    for one in facts:
        try:
            decide(one, rules)
        except RouteMismatch:
            continue


def fastest(call: Callable[[], object], rounds: int) -> float:
    """Seconds of one call, the best of several: what else runs only ever adds."""
    return min(_seconds(call) for _ in range(rounds))


def _seconds(call: Callable[[], object]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun


def seeker_classes() -> Iterator[SeekerClass]:
    """Children of every age and home region, on every route, with and without a remiss."""
    births = [date(year, 3, 1) for year in range(2003, 2021)]
    remisses = [None, ReferralFacts(ON, "allmanlakare", "01"), ReferralFacts(ON, "elevhalsa", "01")]
    homes = [region.code for region in read_regions()]
    for route, home, born, remiss in product(Route, homes, births, remisses):
        yield SeekerClass(
            route, PatientFacts(home, birth_date=born), remiss, False, Guarantee.BESOK
        )


def offer_classes() -> Iterator[OfferClass]:
    """One care in every region, under every kind of agreement, at clinics with names of their own."""
    care = next(care for care in read_cares() if care.code == CARE)
    facts = CareFacts(CARE, CareForm.OPEN, CareLevel(care.level), CareKind(care.kind), care.area)
    for region, regime, number in product(read_regions(), Regime, range(5)):
        if regime != Regime.PRIVATE:
            yield OfferClass(facts, ClinicFacts(region.code, regime, f"Mottagning {number}"))


if __name__ == "__main__":
    main()
