"""Ages, dates and form fields as every screen writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.utils import translation

from accounts.templatetags.screen import ago, begins, ends, paired, styled, weekday_date


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "nyss"),
        (timedelta(minutes=3, seconds=5), "för 3 minuter sedan"),
        (timedelta(hours=1, minutes=50), "för 1 timme sedan"),
        (timedelta(days=8), "för 1 vecka sedan"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(age: timedelta, words: str) -> None:
    with translation.override("sv"):
        assert ago(datetime.now(UTC) - age).replace("\xa0", " ") == words


def test_an_age_that_nobody_knows_is_said_to_be_unknown() -> None:
    assert ago(None) == "okänt när"


def test_a_date_stands_with_its_weekday_and_another_year_with_its_year() -> None:
    with translation.override("sv"):
        assert weekday_date(date(2021, 7, 2)) == "fredag 2 juli 2021"
        this_year = datetime.now(UTC).year
        assert str(this_year) not in weekday_date(date(this_year, 7, 2))


def test_a_moment_falls_on_its_swedish_day() -> None:
    with translation.override("sv"):
        assert weekday_date(datetime(2021, 7, 1, 22, 30, tzinfo=UTC)).startswith("fredag 2 juli")


def test_whole_days_are_said_without_a_clock_and_the_last_is_the_one_that_belongs_to_them() -> None:
    midnight = datetime(2021, 12, 5, 23, tzinfo=UTC)
    with translation.override("sv"):
        assert begins(midnight) == "måndag 6 december 2021"
        assert ends(midnight) == "söndag 5 december 2021"


def test_a_span_within_a_day_keeps_its_clock() -> None:
    noon = datetime(2021, 12, 6, 11, tzinfo=UTC)
    with translation.override("sv"):
        assert begins(noon) == ends(noon) == "måndag 6 december 2021 12:00"


def test_two_lists_stand_row_by_row() -> None:
    assert paired("ab", "x") == [("a", "x"), ("b", None)]


def test_a_field_wears_the_design_system_and_says_when_it_is_wrong() -> None:
    class Form(forms.Form):
        day = forms.DateField()

    widget = styled(Form({"day": ""})["day"])
    assert 'class="ds-input"' in widget
    assert 'aria-invalid="true"' in widget
    assert 'aria-describedby="id_day_error"' in widget
