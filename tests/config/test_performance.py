"""docs/performance.md says what was measured, beside what, and whether the goal is met."""

import json
import re
import tomllib

import pytest

from config.launcher import performance

LINE = {
    "name": "booking.http",
    "value": 88.5,
    "unit": "bookings a second",
    "reference": "the goal",
    "reference_value": 100.0,
    "ratio": 0.89,
    "size": 600,
    "statements": 44.0,
}


WRITTEN, KEPT = performance.DOCUMENT, performance.LINES


@pytest.fixture(autouse=True)
def document(tmp_path, monkeypatch):
    monkeypatch.setattr(performance, "LINES", tmp_path / "performance.jsonl")
    performance.LINES.write_text("")
    monkeypatch.setattr(performance, "DOCUMENT", tmp_path / "performance.md")
    return tmp_path / "performance.md"


def stamped(**also: object) -> performance.Line:
    return performance.stamp(LINE | also, 0.5)


def test_a_goal_that_is_missed_is_said(document) -> None:
    performance.write([stamped()])
    row = next(line for line in document.read_text().splitlines() if "88.5" in line)
    assert "≥ 100 bookings a second" in row
    assert "**no**" in row


def test_a_goal_that_is_reached_is_said(document) -> None:
    performance.write([stamped(value=120.0)])
    assert "| yes |" in document.read_text()


@pytest.mark.parametrize(("ratio", "met"), [(1.0, True), (0.99, False), (1.05, False)])
def test_an_exact_goal_is_neither_missed_nor_exceeded(ratio: float, met: bool) -> None:
    goal = {"what": "", "ratio_least": 1.0, "ratio_most": 1.0}
    assert performance.is_met(stamped(ratio=ratio), goal) is met


def test_fewer_rounds_than_wanted_do_not_reach_the_goal(document) -> None:
    performance.write([stamped(name="race.one_slot", value=2, ratio=1.0)])
    row = next(line for line in document.read_text().splitlines() if "one winner" in line)
    assert "exactly 1.0 × the reference" in row
    assert "**no**" in row


def test_what_has_no_goal_is_told_without_one(document) -> None:
    performance.write([stamped(name="memory.web", unit="megabytes")])
    row = next(line for line in document.read_text().splitlines() if "88.5" in line)
    assert "yes" not in row
    assert "no**" not in row


def test_a_line_measured_anew_takes_the_place_of_the_old_one() -> None:
    performance.remember([stamped(), stamped(name="search.flat", size=100)])
    lines = performance.remember([stamped(value=1.0), stamped(name="search.flat", size=200)])
    assert [line["value"] for line in lines if line["name"] == "booking.http"] == [1.0]
    assert [line["size"] for line in lines if line["name"] == "search.flat"] == [100, 200]


def test_more_figures_of_a_line_stand_below_the_table(document) -> None:
    performance.write([stamped()])
    assert "statements 44.0." in document.read_text().split("## More of each")[1]


def test_the_document_is_what_is_written_of_the_lines_that_are_kept(document) -> None:
    performance.write([json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()])
    machine = re.compile("^Machine: .*$", re.MULTILINE)
    assert machine.sub("", document.read_text()) == machine.sub("", WRITTEN.read_text())


def test_every_goal_has_words_and_a_limit_that_can_be_read() -> None:
    for goal in tomllib.loads(performance.GOALS.read_text(encoding="utf-8")).values():
        assert goal["what"]
        assert performance.is_met(stamped(), goal) in (True, False, None)


def grown(size: int, **also: object) -> performance.Line:
    return stamped(name="matching.growth", size=size, value=size / 1e3, greedy_seconds=0.01) | also


def test_what_a_plan_costs_is_drawn_size_by_size(document) -> None:
    lines = [grown(500, pairs=40_000, highs_seconds=2.0), grown(16_000, pairs=9_000_000)]
    performance.write(lines)
    drawn = (document.parent / "matching-growth.svg").read_text()
    assert drawn.count("<polyline") == 3
    assert drawn.count("<circle") == 5
    assert "(matching-growth.svg)" in document.read_text()


def test_one_size_alone_is_not_drawn(document) -> None:
    performance.write([grown(500, pairs=40_000)])
    assert not (document.parent / "matching-growth.svg").exists()


def test_each_size_of_a_growing_care_keeps_its_line() -> None:
    performance.remember([grown(500, pairs=1), grown(1000, pairs=2)])
    assert len(performance.remember([grown(500, pairs=3)])) == 2
