"""Published waits are shown as printed; estimates say that they are estimates."""

from itertools import product

import pytest
from django.test import Client

from insight.disclosure import shown
from insight.selectors.estimates import cares_with_estimates, estimated
from insight.selectors.waits import published

pytestmark = pytest.mark.usefixtures("database")


def test_the_printed_total_stands_under_the_printed_rows() -> None:
    table = published("first_visit", 180, "region")
    assert table.total == 35826
    assert sum(one.count or 0 for one in table.figures) == 35826
    assert len(table.figures) == 21


def test_a_suppressed_figure_is_never_a_number() -> None:
    table = published("first_visit", 180, "care")
    hidden = {one.code for one in table.figures if one.count is None}
    assert hidden == {"besok-hematologi", "besok-cancer"}
    page = Client().get("/vantetider/").content.decode()
    assert "färre än 10" in page


def test_no_total_gives_a_suppressed_figure_back() -> None:
    """SOU 2021:59, part B § 7.4, G14: T2 hematologi, T9 Gotland."""
    for measure, over, by in product(("first_visit", "operation"), (180, 365), ("region", "care")):
        counts = [one.count for one in published(measure, over, by).figures]  # type: ignore[arg-type]
        assert counts.count(None) != 1


def test_counts_under_ten_are_not_shown() -> None:
    assert [shown(n) for n in (None, 0, 9, 10)] == [None, None, None, 10]


def test_the_estimate_keeps_the_printed_count_of_its_care() -> None:
    rows = estimated("besok-ogon")
    hidden = sum(row.count is None for row in rows)
    assert 8779 - 9 * hidden <= sum(row.count or 0 for row in rows) <= 8779


def test_the_estimate_is_called_an_estimate_on_screen() -> None:
    page = Client().get("/vantetider/uppskattning/?vard=op-ortopedi").content.decode()
    assert "Det här är en uppskattning, inte statistik." in page
    assert "op-ortopedi" in cares_with_estimates()


def test_a_value_outside_the_list_is_refused_with_a_page() -> None:
    answer = Client().get("/vantetider/?dagar=90")
    assert answer.status_code == 422
    assert "500" not in answer.reason_phrase
