"""Swedish public holidays and the eves that are free in practice: a clinic seldom has planned times then."""

from datetime import date, timedelta

from holidays.countries import Sweden


def red_days(first: date, before: date) -> frozenset[date]:
    """Those from a day until before another; ordinary Sundays are not among them."""
    years = range(first.year, before.year + 1)
    known = Sweden(include_sundays=False, years=years, categories=("public", "de_facto"))
    days = (first + timedelta(days=number) for number in range((before - first).days))
    return frozenset(day for day in days if day in known)
