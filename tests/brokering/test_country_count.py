"""The start page shows the last count of the country with its age; a worker counts, not whoever looks."""

import pytest
from django.core.cache import cache
from django.test import Client

from brokering.selectors import counting
from brokering.tasks import count_free_times
from config.celery import app
from tests.factories import a_clinic, a_slot

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


def total():
    return Client().get("/").context["total"]


def test_the_page_shows_the_last_count_and_a_worker_makes_the_next():
    clinic = a_clinic("01")
    a_slot(clinic)
    assert [count_free_times(), total()] == [1, 1]
    a_slot(clinic)
    assert total() == 1
    assert [count_free_times(), total()] == [2, 2]


def test_who_looks_counts_only_where_nothing_was_counted(monkeypatch):
    looked = []
    monkeypatch.setattr(counting, "places_by_region", lambda now: looked.append(now) or {})
    assert [total(), total()] == [0, 0]
    assert len(looked) == 1


def test_the_country_is_counted_on_schedule():
    assert "brokering.tasks.count_free_times" in {
        one["task"] for one in app.conf.beat_schedule.values()
    }


def test_what_another_release_kept_is_not_read(monkeypatch):
    count_free_times()
    monkeypatch.setattr(counting, "release", lambda: "another")
    a_slot(a_clinic("01"))
    assert total() == 1


def test_what_cannot_be_read_was_never_kept():
    key = cache.make_key("odd")
    cache._cache.get_client(key, write=True).set(key, b"\x80\x04\x95 no such thing", ex=60)
    assert [counting.kept("odd", 60, lambda: 7) for _ in range(2)] == [7, 7]
