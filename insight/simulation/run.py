"""Both years of the whole country, and of varied assumptions; the same parameters have the same result."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from brokering.law.rulebook import RuleBook
from brokering.sweden.sources import Sources, read_sources
from contracts.reference import read_completeness, read_referral_rules
from insight.simulation.country import country, kinds, payers
from insight.simulation.parameters import ASSUMED, Parameters, varied
from insight.simulation.people import everyone
from insight.simulation.tally import MEASURES, Paired, Tally, paired, report, tally
from insight.simulation.year import lived

Care = tuple[Tally, Tally, Paired]
VARIED = ("besok-neurologi", "op-ortopedi")
"""The cares on which assumptions are varied, of the whole country, for the sake of time."""


def cares(given: Parameters, sources: Sources) -> Iterator[Care]:
    """Both years of each care in turn: without sharing, with it, and the same people compared."""
    land = country(sources, RuleBook(read_referral_rules(), read_completeness()))
    for people, yearly in everyone(sources, given):
        table = kinds(land, people.care)
        alone, shared = (
            lived(land, (people, yearly), given, table, brokered=brokered)
            for brokered in (False, True)
        )
        yield (
            tally(land, people, given, table, alone),
            tally(land, people, given, table, shared),
            paired(people, alone, shared, len(land.regions)),
        )


def both_years(given: Parameters, tick: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """The report of one set of parameters; `tick` is called once a care."""
    sources = read_sources()
    regions = sorted(region.code for region in sources.regions)
    found: list[Care] = []
    for one in cares(given, sources):
        found = [_added(found[0], one)] if found else [one]
        tick()
    without, shared, pairs = found[0]
    return {
        "parameters": asdict(given),
        "regions": regions,
        "without": report(without, regions),
        "shared": report(shared, regions),
        "paired": {"by_class": pairs.by_class.tolist(), "by_region": pairs.by_region.tolist()},
        "payers": [word.value for word in payers().values()],
    }


def _added(first: Care, second: Care) -> Care:
    return (first[0] + second[0], first[1] + second[1], first[2] + second[2])


def variations(given: Parameters, tick: Callable[[], object], workers: int) -> list[dict[str, Any]]:
    """Both years with each assumption changed in turn, in few figures; `tick` is called once a line."""
    small = replace(given, only=VARIED)
    with ProcessPoolExecutor(workers) as pool:
        lines = []
        for line in pool.map(partial(_varied, small), range(len(ASSUMED))):
            lines.append(line)
            tick()
    return lines


def _varied(given: Parameters, number: int) -> dict[str, Any]:
    name, change = ASSUMED[number]
    whole = both_years(varied(given, change))
    return {"name": name, **{year: _few(whole[year]) for year in ("without", "shared")}}


def _few(year: dict[str, Any]) -> dict[str, Any]:
    faults = {name: year["faults"][name] for name in ("overused", "passed_over", "wasted")}
    return {
        **{
            measure: {
                "within": year[measure]["waiting"]["within"],
                "treated_within": year[measure]["treated"]["within"],
                "p95": year[measure]["waiting"]["p95"],
                "breaches": year[measure]["breaches"]["all"],
                "unalarmed": year[measure]["breaches"]["all"]
                - year[measure]["breaches"]["alarmed"],
                "away_share": year[measure]["away_share"],
            }
            for measure in MEASURES
        },
        "faults": faults,
    }
