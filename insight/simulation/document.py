"""docs/simulation.md and its drawings from a stored result: prose stays, tables between marks are written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from brokering.sweden.needs import AGE_RANGES
from brokering.sweden.waiting import GROUPS
from insight.simulation.parameters import FIRST_VISITS_A_YEAR, OPERATIONS_A_YEAR
from insight.simulation.plots import given_and_taken, long_queues
from providers.reference import read_regions

Report = Mapping[str, Any]
NAMES = {"first_visit": "first visits", "operation": "operations"}
PUBLISHED = {"first_visit": 77.1, "operation": 59.5}
"""Of those who waited on 2020-12-31, patient-chosen waits left out: within 90 days, percent (SOU 2021:59)."""
YEARS = {"without": "without", "shared": "with"}
SEXES = {"K": "women", "M": "men"}
MOST_FLOWS = 10


def documents(result: dict[str, Any], prose: str) -> dict[str, str]:
    """Each file by name, as it should be. Raises KeyError for a mark that names nothing."""
    blocks = {
        "day0": _day0(result),
        "years": _years(result),
        "classes": _classes(result),
        "groups": _groups(result),
        "group_waits": _group_waits(result),
        "group_travel": _group_travel(result),
        "regions": _regions(result),
        "flows": _flows(result),
        "faults": _faults(result),
        "variations": _variations(result),
    }
    text = re.sub(
        r"(<!-- (\w+): written by manage.py simulate -->\n).*?(<!-- end -->)",
        lambda found: found[1] + "\n".join(blocks[found[2]]) + "\n" + found[3],
        prose,
        flags=re.DOTALL,
    )
    queues = {
        f"simulation-{measure}.svg": long_queues(
            result, measure, f"Waiting over 90 days for {name}"
        )
        for measure, name in NAMES.items()
    }
    net = sorted(zip(_names(result), _net(result), strict=True), key=lambda row: -row[1])
    flows = given_and_taken(net, "People received from other regions less people sent, in the year")
    return {"simulation.md": text, **queues, "simulation-flows.svg": flows}


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _cell(value: object) -> str:
    if value is None:
        return "not within the year"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _percent(value: float | None) -> str:
    return "nobody" if value is None else f"{value:.1f} %"


def _day0(result: Report) -> list[str]:
    yearly = {"first_visit": FIRST_VISITS_A_YEAR, "operation": OPERATIONS_A_YEAR}
    rows = []
    for measure, name in NAMES.items():
        waiting, within = result["without"][measure]["in_queue"][0]
        share = _percent(100 * within / waiting)
        rows.append((name, waiting, share, _percent(PUBLISHED[measure]), yearly[measure]))
    head = ("", "waiting on day 0", "within 90 days", "published", "made in a year, derived")
    return _table(head, rows)


def _years(result: Report) -> list[str]:
    columns = [(measure, year) for measure in NAMES for year in YEARS]
    head = ("", *(f"{NAMES[measure]}, {YEARS[year]}" for measure, year in columns))
    of = [result[year][measure] for measure, year in columns]
    lines: list[tuple[object, ...]] = [
        ("given care", *(one["treated"]["count"] for one in of)),
        ("of them within 90 days", *(_percent(one["treated"]["within"]) for one in of)),
        *(
            (f"their wait in days, {p} of 100 at most", *(one["treated"][f"p{p}"] for one in of))
            for p in (50, 90, 95)
        ),
        ("waiting on the last day", *(one["waiting"]["count"] for one in of)),
        ("of them within 90 days", *(_percent(one["waiting"]["within"]) for one in of)),
        ("the same, all months together", *(_percent(one["pooled_waiting_within"]) for one in of)),
        *(
            (f"waited so far, {p} of 100 at most", *(one["waiting"][f"p{p}"] for one in of))
            for p in (50, 90, 95)
        ),
        ("left without the care", *(one["ended"]["left"] for one in of)),
        ("guarantees broken in the year", *(one["breaches"]["all"] for one in of)),
        (
            "of them without an earlier alarm",
            *(one["breaches"]["all"] - one["breaches"]["alarmed"] for one in of),
        ),
        (
            "the same if the region had no lead time",
            *(one["breaches"]["all"] - one["breaches"]["no_lead"] for one in of),
        ),
        ("given care in another region", *(one["away"] for one in of)),
        ("share of those given care", *(_percent(one["away_share"]) for one in of)),
    ]
    return _table(head, lines)


def _classes(result: Report) -> list[str]:
    rows = []
    for number, (earlier, same, later, days) in enumerate(result["paired"]["by_class"]):
        waits = [
            sum(result[year][measure]["by_class"][number]["waiting"]["count"] for measure in NAMES)
            for year in YEARS
        ]
        rows.append((number + 1, earlier, same, later, days, *waits))
    head = ("need class", "earlier with sharing", "at the same time", "later", "days gained")
    return _table((*head, "waiting at the end, without", "with"), rows)


def _groups(result: Report) -> list[str]:
    rows = []
    for group, of in _by_group(result):
        cells: list[object] = [group]
        for ways in of:
            cells += [_pair(ways, "treated"), _pair(ways, "waiting")]
        rows.append(cells)
    return _table(("", *_both_measures()), rows)


def _by_group(result: Report) -> Iterator[tuple[str, list[list[Report]]]]:
    """Each sex and age by name: of each measure what is told of both years."""
    for number, (sex, age) in enumerate(GROUPS):
        low, high = AGE_RANGES[age]
        of = [[result[year][name]["by_group"][number] for year in YEARS] for name in NAMES]
        yield f"{SEXES[sex]}, {low}–{high}", of


def _group_waits(result: Report) -> list[str]:
    """The middle and the tail of the waits, in days."""
    rows = [
        (
            group,
            *(
                " → ".join(f"{one[which]['p50']} / {one[which]['p95']}" for one in ways)
                for ways in of
                for which in ("treated", "waiting")
            ),
        )
        for group, of in _by_group(result)
    ]
    head = (f"{name}: {who}" for name in NAMES.values() for who in ("given care", "waiting"))
    return _table(("", *head), rows)


def _group_travel(result: Report) -> list[str]:
    """Who is given care elsewhere with sharing, and how far they go."""
    rows = []
    for group, of in _by_group(result):
        cells: list[object] = [group]
        for _, one in of:
            km, done = one["km"], one["treated"]["count"]
            cells += [km["count"], _percent(100 * km["count"] / done if done else None)]
            cells.append("–" if km["p50"] is None else f"{km['p50']} / {km['p90']}")
        rows.append(cells)
    head = (
        f"{name}: {what}"
        for name in NAMES.values()
        for what in ("given care elsewhere", "share", "km one way")
    )
    return _table(("", *head), rows)


def _both_measures() -> list[str]:
    return [
        f"{name}: {which} within 90 days"
        for name in NAMES.values()
        for which in ("done", "waiting")
    ]


def _pair(ways: Sequence[Report], which: str) -> str:
    return " → ".join(_percent(one[which]["within"]) for one in ways)


def _names(result: Report) -> list[str]:
    named = {row.code: row.name for row in read_regions()}
    return [named[code] for code in result["regions"]]


def _net(result: Report) -> list[int]:
    return [got - sent for sent, got in _moved(result)]


def _moved(result: Report) -> list[tuple[int, int]]:
    """People sent to others and received from them, by region."""
    flows = [result["shared"][measure]["flow"] for measure in NAMES]
    many = range(len(result["regions"]))
    return [
        (
            sum(flow[here][there] for flow in flows for there in many if there != here),
            sum(flow[there][here] for flow in flows for there in many if there != here),
        )
        for here in many
    ]


def _regions(result: Report) -> list[str]:
    rows = []
    pairs = result["paired"]["by_region"]
    moved = _moved(result)
    for number, (code, name) in enumerate(zip(result["regions"], _names(result), strict=True)):
        ways = [
            _pair([result[year][measure]["by_region"][code] for year in YEARS], "waiting")
            for measure in NAMES
        ]
        earlier, _, later, _ = pairs[number]
        rows.append((name, *ways, *moved[number], earlier, later))
    head = ("region", *(f"waiting within 90 days, {name}" for name in NAMES.values()))
    return _table((*head, "sent", "received", "residents earlier", "residents later"), rows)


def _flows(result: Report) -> list[str]:
    names = _names(result)
    lines = []
    for measure, name in NAMES.items():
        year = result["shared"][measure]
        pays = {
            result["payers"][number]: count for number, count in enumerate(year["payer"]) if count
        }
        own, chosen, found = year["ways"]
        km = year["km"]
        travel = f"{km['p50']} km in the middle, {km['p90']} for 90 of 100, {km['total']:,} in all"
        paying = ", ".join(f"{count:,} {who}" for who, count in pays.items())
        ways = f"{own:,} at home, {chosen:,} by free choice, {found:,} found by the region"
        lines.append(f"- {name}: {ways}. Elsewhere pays: {paying}. One way: {travel}.")
    flow = [
        (count, names[home], names[there], NAMES[measure])
        for measure in NAMES
        for home, row in enumerate(result["shared"][measure]["flow"])
        for there, count in enumerate(row)
        if home != there
    ]
    largest = sorted(flow, reverse=True)[:MOST_FLOWS]
    rows = [(home, there, care, count) for count, home, there, care in largest]
    return [*lines, "", *_table(("from", "to", "care", "people"), rows)]


def _faults(result: Report) -> list[str]:
    rows = [
        (YEARS[year], *(result[year]["faults"][one] for one in ("offered", *FAULTS)))
        for year in YEARS
    ]
    return _table(("year", "places", *FAULTS.values()), rows)


FAULTS = {
    "overused": "given twice",
    "passed_over": "higher need left waiting while lower had a place it could use",
    "wasted": "left waiting beside an empty place they could use",
}


def _variations(result: Report) -> list[str]:
    rows = []
    for line in result["variations"]:
        cells: list[object] = [line["name"]]
        for measure in NAMES:
            without, shared = (line[year][measure] for year in YEARS)
            cells += [
                _percent(without["within"]) + " → " + _percent(shared["within"]),
                f"{without['breaches']:,} → {shared['breaches']:,}",
                _percent(shared["away_share"]),
            ]
        rows.append(cells)
    head = [
        f"{name}: {what}"
        for name in NAMES.values()
        for what in ("waiting within 90 days", "broken guarantees", "given care elsewhere")
    ]
    return _table(("assumption", *head), rows)
