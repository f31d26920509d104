"""The clock of the guarantee is drawn to scale, with pauses as gaps."""

from datetime import date, timedelta

from django.template import Context, Template

from brokering.templatetags.guarantee import Clock, OfferPoint, Stretch, guarantee_clock

START = date(2021, 3, 1)


def clock(**changes: object) -> Clock:
    facts: dict[str, object] = {
        "title": "Besöksgarantin", "start": START, "today": START + timedelta(days=45),
        "due": START + timedelta(days=90), "limit_days": 90, "day_number": 45,
        "state": "running", "state_words": "45 dagar kvar",
        "segments": (Stretch(starts=START, ends=START + timedelta(days=45), kind="counted"),),
    }  # fmt: skip
    return Clock(**(facts | changes))  # type: ignore[arg-type]


def test_today_stands_at_its_share_of_the_line() -> None:
    assert guarantee_clock(clock())["today"]["x"] == "50.00%"


def test_the_line_reaches_past_the_due_date_once_it_has_passed() -> None:
    drawn = guarantee_clock(clock(today=START + timedelta(days=100), state="passed"))
    assert drawn["due"]["x"] == "90.00%"
    assert drawn["today"]["x"] == "100.00%"


def test_only_the_days_after_the_due_date_are_drawn_as_late() -> None:
    hundred = (Stretch(starts=START, ends=START + timedelta(days=100), kind="counted"),)
    late = clock(today=START + timedelta(days=100), state="passed", segments=hundred)
    assert [(line["kind"], line["x1"]) for line in guarantee_clock(late)["lines"]] == [
        ("counted", "0.00%"),
        ("late", "90.00%"),
    ]


def test_a_pause_is_a_gap_with_its_reason_in_words() -> None:
    pause = Stretch(
        starts=START, ends=START + timedelta(days=9), kind="pause", label="medicinska skäl"
    )
    page = Template("{% load guarantee %}{% guarantee_clock clock %}").render(
        Context({"clock": clock(segments=(pause,))})
    )
    assert 'class="clock__pause" x1="0.00%" x2="10.00%"' in page
    assert "medicinska skäl" in page


def test_an_offer_is_a_point_on_its_day() -> None:
    offer = OfferPoint(on=START + timedelta(days=9), label="en tid i Gävle")
    assert guarantee_clock(clock(offers=(offer,)))["points"] == ["10.00%"]


def test_a_clock_without_a_due_date_can_be_drawn() -> None:
    assert guarantee_clock(clock(due=None, state="paused"))["due"] is None


def test_a_clock_that_starts_today_divides_by_nothing() -> None:
    assert guarantee_clock(clock(today=START, due=None, segments=()))["today"]["x"] == "0.00%"
