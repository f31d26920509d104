"""Feeds that we poll: a publication comes in whole, follows its source, and is never better than it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.roles import Role
from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from providers.actions.feeds import (
    NewFeed,
    add_feed,
    claim_due,
    claim_poll,
    note_failure,
    pause_feed,
    resume_feed,
    take_in,
)
from providers.errors import FeedAddress, FeedJustPolled, FeedPaused, FeedThere
from providers.feeds.faults import FeedProblem, Problem
from providers.models import Feed, Slot
from tests.factories import EYES, a_claim, a_clinic, acting, an_agreement, at, staff
from tests.providers.polling import (
    PROMISED,
    added,
    deliveries,
    half_an_hour,
    moment,
    poll,
    published,
    starts,
)
from tests.providers.publisher import a_location, a_schedule, a_time


def test_the_free_times_of_a_publication_become_places(source, clinic, feed):
    published(
        source,
        clinic,
        half_an_hour("a"),
        half_an_hour("b", 11),
        half_an_hour("c", 12, status="busy"),
    )
    after = poll(feed)
    assert starts(feed=feed, clinic=clinic, care=EYES) == [at(10), at(11)]
    assert (after.problem, after.failures, after.succeeded_at) == ("", 0, after.polled_at)
    assert after.reading["times"] == {"free": 2, "busy": 1}
    assert after.reading["outcomes"] == {"created": 2}


def test_a_file_packed_with_gzip_and_without_a_last_newline_is_read(source, clinic, feed):
    published(source, clinic, half_an_hour("a"), packed=True)
    poll(feed)
    assert starts(feed=feed) == [at(10)]


def test_identical_times_folded_into_one_become_as_many_places(source, clinic, feed):
    published(source, clinic, half_an_hour("a", places=3))
    poll(feed)
    assert starts(feed=feed) == [at(10)] * 3


def test_what_has_not_changed_is_not_read_again_but_is_as_fresh(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    first, again = poll(feed), poll(feed, ahead=timedelta(minutes=5))
    assert again.succeeded_at - first.succeeded_at >= timedelta(minutes=5)
    assert deliveries(feed) == 1
    asked = [headers for path, headers in source.asked[4:]]
    assert len(asked) == 4
    assert all("If-None-Match" in headers for headers in asked)


def test_what_is_no_longer_free_at_the_source_is_withdrawn_and_comes_back(source, clinic, feed):
    published(source, clinic, half_an_hour("a"), half_an_hour("b", 11))
    poll(feed)
    published(source, clinic, half_an_hour("a"), half_an_hour("b", 11, status="busy-unavailable"))
    poll(feed)
    assert starts(feed=feed) == [at(10)]
    published(source, clinic, half_an_hour("a"), half_an_hour("b", 11))
    poll(feed)
    assert starts(feed=feed) == [at(10), at(11)]
    assert Slot.objects.filter(feed=feed).count() == 2


def test_a_time_that_moves_at_the_source_is_another_place(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    poll(feed)
    published(source, clinic, half_an_hour("a", 13))
    poll(feed)
    assert starts(feed=feed) == [at(13)]


def test_a_booked_place_stays_when_the_source_says_busy(source, clinic, feed):
    lot = an_agreement(clinic)
    published(source, clinic, half_an_hour("a"))
    poll(feed)
    a_claim(Slot.objects.get(feed=feed), lot)
    published(source, clinic, half_an_hour("a", status="busy"))
    after = poll(feed)
    assert starts(feed=feed) == [at(10)]
    assert after.reading["outcomes"] == {"place_booked": 1}


def test_bad_lines_are_counted_and_told_and_the_others_go_on(source, clinic, feed):
    late = a_time("d", moment(12), "2099-13-45T00:00:00Z")
    naive = a_time("e", "2027-01-12T09:00:00", "2027-01-12T09:30:00")
    back = a_time("f", moment(12, 10), moment(12, 9))
    lines = [half_an_hour("a"), "{", '{"resourceType":"Patient","id":"p"}', late, naive, back]
    published(
        source, clinic, *lines, half_an_hour("b", 11), json.dumps(half_an_hour("g")) + "x" * 70_000
    )
    after = poll(feed)
    assert starts(feed=feed) == [at(10), at(11)]
    codes = [
        "not_json",
        "other_resource",
        "time_unreadable",
        "time_without_zone",
        "time_out_of_order",
    ]
    told = [(line["line"], line["code"]) for line in after.reading["lines"]]
    assert told == [*enumerate(codes, 2), (8, "line_too_long")]
    assert {line["file"] for line in after.reading["lines"]} == {"slots.ndjson"}


def test_only_the_first_hundred_bad_lines_are_kept(source, clinic, feed):
    published(source, clinic, half_an_hour("a"), *["{"] * 1000)
    after = poll(feed)
    assert [line["line"] for line in after.reading["lines"]] == list(range(2, 102))
    assert after.reading["bad"] == {"not_json": 1000}


def test_a_clinic_of_another_provider_is_not_published_for(source, clinic, feed):
    other = a_clinic()
    published(source, clinic, half_an_hour("a"))
    source.put_lines("/loc.ndjson", a_location(clinic.hsa_id), a_location(other.hsa_id, "loc-2"))
    source.put_lines("/cal.ndjson", a_schedule(), a_schedule(id="cal-2", location="loc-2"))
    theirs = half_an_hour("b", 11) | {"schedule": {"reference": "Schedule/cal-2"}}
    source.put_lines("/slots.ndjson", half_an_hour("a"), theirs)
    after = poll(feed)
    assert starts() == [at(10)]
    assert after.reading["bad"] == {"location_unknown": 2}
    assert after.reading["times"] == {"free": 1, "elsewhere": 1}


def test_later_files_pages_and_deletions_win(source, clinic, feed):
    gone = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"request": {"method": "DELETE", "url": "Slot/b"}}],
    }
    published(source, clinic, half_an_hour("a"), half_an_hour("b", 11), half_an_hour("c", 12))
    further = source.put_manifest(
        (
            "Slot",
            source.put_lines(
                "/new.ndjson", half_an_hour("a", status="busy"), half_an_hour("d", 14)
            ),
        ),
        path="/page-2",
        deleted=[{"url": source.put_lines("/gone.ndjson", gone)}],
        link=[{"relation": "next", "url": f"{source.origin}/page-2#pending"}],
    )
    root = json.loads(source.served["/$bulk-publish"].body)
    root["link"] = [{"relation": "next", "url": further}]
    source.put("/$bulk-publish", json.dumps(root))
    poll(feed)
    assert starts(feed=feed) == [at(12), at(14)]


def test_what_is_due_is_claimed_once(feed, source):
    now = timezone.now()
    assert claim_due(now=now) == [feed.id]
    assert claim_due(now=now) == []


def test_nobody_asks_more_often_than_once_a_minute(feed, source, clinic):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    now = timezone.now()
    with acting_as(by):
        claim_poll(by=by, feed=feed.id, now=now)
        with pytest.raises(FeedJustPolled):
            claim_poll(by=by, feed=feed.id, now=now + timedelta(seconds=59))
        claim_poll(by=by, feed=feed.id, now=now + timedelta(seconds=60))


def test_an_older_poll_says_nothing_over_a_newer(source, clinic, feed):
    published(source, clinic, half_an_hour("a"))
    after = poll(feed)
    by, begun = system_actor(feed.tenant_id), after.polled_at - timedelta(minutes=1)
    with acting_as(by):
        late = FeedProblem(Problem.NO_ANSWER)
        note_failure(by=by, feed=after, problem=late, begun=begun, draw=0)
    assert Feed.objects.get(id=feed.id).problem == ""


def test_a_paused_feed_is_not_polled_until_it_is_started_again(feed, source, clinic):
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with acting_as(by):
        pause_feed(by=by, feed=feed.id, now=timezone.now())
        with pytest.raises(FeedPaused):
            claim_poll(by=by, feed=feed.id, now=timezone.now())
    assert claim_due(now=timezone.now()) == []
    with acting_as(by):
        resume_feed(by=by, feed=feed.id, now=timezone.now())
    assert claim_due(now=timezone.now()) == [feed.id]


def test_only_the_providers_own_staff_add_feeds(clinic, database):
    by = acting(staff(Role.CLINIC_STAFF, a_clinic().tenant))
    new = NewFeed(
        provider=clinic.provider_id,
        kind=Feed.Kind.SMART,
        url="https://a.se/",
        promised_age=PROMISED,
    )
    with acting_as(by), pytest.raises(NotAllowed):
        add_feed(by=by, new=new, now=timezone.now())


def test_an_address_is_added_once_and_only_if_it_can_be_asked(clinic, database):
    added(clinic, "https://example.se/$bulk-publish")
    with pytest.raises(FeedThere):
        added(clinic, "https://example.se/$bulk-publish")
    with pytest.raises(FeedAddress) as refused:
        added(clinic, "https://10.0.0.7/")
    assert refused.value.data == {"problem": "address_not_open"}


def test_files_that_are_no_longer_part_of_it_leave_the_disk(source, clinic, feed, tmp_path):
    published(source, clinic, half_an_hour("a"))
    poll(feed)
    published(source, clinic, half_an_hour("b", 11))
    poll(feed)
    assert len(list(Path(tmp_path / feed.id.hex).iterdir())) == 4


def test_a_poll_that_a_later_one_has_overtaken_publishes_nothing(source, clinic, feed, monkeypatch):
    def overtaken(**told):
        later = told["begun"] + timedelta(minutes=2)
        claim_poll(by=told["by"], feed=feed.id, now=later)
        return take_in(**told)

    published(source, clinic, half_an_hour("a"))
    monkeypatch.setattr("providers.tasks.take_in", overtaken)
    after = poll(feed)
    assert (after.succeeded_at, starts(feed=feed), deliveries(feed)) == (None, [], 0)
    monkeypatch.undo()
    poll(feed)
    assert starts(feed=feed) == [at(10)]
