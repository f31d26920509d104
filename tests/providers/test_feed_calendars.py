"""A calendar's free times: free periods and events marked as free, unfolded, and busy ones respected."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.feeds.calendars import CalendarFile
from providers.feeds.faults import FeedProblem, Problem
from providers.feeds.reading import Ours

CLINIC = UUID(int=7)
BEGINS = datetime(2027, 1, 1, tzinfo=UTC)
OURS = Ours(
    clinics={},
    cares=frozenset({"besok-ogon"}),
    begins=BEGINS,
    ends=BEGINS + timedelta(weeks=26),
    most=1000,
    clinic=CLINIC,
    care="besok-ogon",
)


def an_event(*lines: str, uid: str = "1", free: bool = True) -> list[str]:
    transparent = ["TRANSP:TRANSPARENT"] if free else []
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20260101T000000Z",
        *lines,
        *transparent,
        "END:VEVENT",
    ]


def busy_and_free(*lines: str) -> list[str]:
    return ["BEGIN:VFREEBUSY", "UID:fb", "DTSTAMP:20260101T000000Z", *lines, "END:VFREEBUSY"]


@pytest.fixture
def read(tmp_path):
    """The starts in UTC that a calendar of these parts gives, and its reader."""

    def reading(*parts: list[str], begins: datetime = BEGINS):
        path = tmp_path / "calendar.ics"
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:test",
            *sum(parts, []),
            "END:VCALENDAR",
            "",
        ]
        path.write_text("\r\n".join(lines), newline="")
        reader = CalendarFile(OURS)
        times = list(reader.free_times(path))
        return [f"{one.starts_at.astimezone(UTC):%m%d %H:%M}" for one in times], reader

    return reading


def test_free_periods_are_places_and_busy_ones_are_not(read):
    starts, _ = read(
        busy_and_free(
            "FREEBUSY;FBTYPE=FREE:20270112T070000Z/PT30M,20270112T080000Z/20270112T083000Z",
            "FREEBUSY;FBTYPE=BUSY:20270113T070000Z/PT30M",
            "FREEBUSY:20270114T070000Z/PT30M",
        )
    )
    assert starts == ["0112 07:00", "0112 08:00"]


def test_a_repeated_free_event_keeps_its_hour_when_the_clocks_change(read):
    starts, _ = read(
        an_event(
            "DTSTART;TZID=Europe/Stockholm:20270327T090000",
            "DTEND;TZID=Europe/Stockholm:20270327T093000",
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;TZID=Europe/Stockholm:20270329T090000",
        )
    )
    assert starts == ["0327 08:00", "0328 07:00"]


def test_a_rule_without_end_is_unfolded_within_the_horizon(read):
    starts, _ = read(
        an_event("DTSTART:20200106T080000Z", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    )
    assert (starts[0], starts[-1], len(starts)) == ("0104 08:00", "0628 08:00", 26)


def test_an_event_that_is_not_marked_as_free_is_busy_and_so_is_what_it_touches(read):
    starts, reader = read(
        an_event("DTSTART:20270112T080000Z", "DURATION:PT30M", uid="a"),
        an_event("DTSTART:20270112T083000Z", "DURATION:PT30M", uid="b"),
        an_event("DTSTART:20270112T084500Z", "DURATION:PT2H", uid="c", free=False),
    )
    assert starts == ["0112 08:00"]
    assert reader.counts == {"free": 1, "busy": 1}


def test_a_day_off_takes_the_whole_swedish_day(read):
    starts, _ = read(
        an_event("DTSTART:20270112T080000Z", "DURATION:PT30M", uid="a"),
        an_event("DTSTART:20270113T080000Z", "DURATION:PT30M", uid="b"),
        an_event("DTSTART;VALUE=DATE:20270112", uid="c", free=False),
    )
    assert starts == ["0113 08:00"]


def test_outlooks_own_word_for_free_counts(read):
    told = an_event("DTSTART:20270112T080000Z", "DURATION:PT30M", free=False)
    told.insert(-1, "X-MICROSOFT-CDO-BUSYSTATUS:FREE")
    assert read(told)[0] == ["0112 08:00"]


def test_a_cancelled_event_is_neither_free_nor_busy(read):
    starts, _ = read(
        an_event("DTSTART:20270112T080000Z", "DURATION:PT30M", "STATUS:CANCELLED", uid="a"),
        an_event("DTSTART:20270113T080000Z", "DURATION:PT30M", uid="b"),
        an_event(
            "DTSTART:20270113T080000Z", "DURATION:PT30M", "STATUS:CANCELLED", uid="c", free=False
        ),
    )
    assert starts == ["0113 08:00"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["DTSTART:20270112T080000", "DURATION:PT30M"], "time_without_zone"),
        (["DTSTART;TZID=Nowhere/Else:20270112T080000", "DURATION:PT30M"], "time_without_zone"),
        (["DTSTART;VALUE=DATE:20270112"], "whole_day"),
        (["DTSTART:20270112T080000Z", "DTEND:20270112T070000Z"], "time_out_of_order"),
        (["DTSTART:nonsense", "DURATION:PT30M"], "time_unreadable"),
        (["DTSTART:20270112T080000Z", "DURATION:PT30M", "RRULE:FREQ=SECONDLY"], "rule_unreadable"),
        (
            [
                "DTSTART:20270112T080000Z",
                "DURATION:PT1M",
                "RRULE:FREQ=HOURLY;BYMINUTE=" + ",".join(map(str, range(60))),
            ],
            "rule_unreadable",
        ),
    ],
)
def test_an_event_that_cannot_be_used_is_told_and_the_others_go_on(read, lines, code):
    good = an_event("DTSTART:20270112T080000Z", "DURATION:PT30M", uid="good")
    starts, reader = read(an_event(*lines, uid="bad"), good)
    assert starts == ["0112 08:00"]
    assert reader.faults.counts == {code: 1}
    assert [line["line"] for line in reader.faults.first()] == [1]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"BEGIN:VCALENDAR\xff\xfe", b"BEGIN:VCALENDAR\r\nX"]
)
def test_what_is_no_calendar_is_refused(tmp_path, content):
    path = tmp_path / "calendar.ics"
    path.write_bytes(content)
    with pytest.raises(FeedProblem) as refused:
        list(CalendarFile(OURS).free_times(path))
    assert refused.value.code == Problem.NOT_A_CALENDAR


def test_more_times_than_may_come_are_refused(read):
    often = an_event("DTSTART:20270101T000000Z", "DURATION:PT5M", "RRULE:FREQ=HOURLY")
    with pytest.raises(FeedProblem) as refused:
        read(often)
    assert refused.value.code == Problem.TOO_MANY_TIMES


minutes = st.integers(0, 26 * 7 * 24 * 60 - 100)


@given(free=st.lists(minutes, max_size=20), busy=st.lists(minutes, max_size=20))
def test_no_free_place_ever_touches_a_busy_time(tmp_path_factory, free, busy):
    def said(kind: str, at: int) -> str:
        return f"FREEBUSY;FBTYPE={kind}:{BEGINS + timedelta(minutes=at):%Y%m%dT%H%M%SZ}/PT30M"

    lines = busy_and_free(*(said("FREE", at) for at in free), *(said("BUSY", at) for at in busy))
    path = tmp_path_factory.mktemp("calendar") / "calendar.ics"
    path.write_text("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]), newline="")
    found = {one.starts_at for one in CalendarFile(OURS).free_times(path)}
    apart = {at for at in free if at > 0 and all(abs(at - other) >= 30 for other in busy)}
    assert found == {BEGINS + timedelta(minutes=at) for at in apart}
