"""Loading the reference data: whole, repeatable, and nothing of it is guessed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Event, Tenant
from accounts.selectors.actors import system_actor
from providers.actions import reference
from providers.actions.reference import load_reference
from providers.models import Care, Municipality, PublishedWait, Region
from providers.reference import UnreadableReference

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("database")


def load() -> dict[str, tuple[int, int]]:
    return {t.table: (t.created, t.changed) for t in load_reference(by=system_actor(), now=NOW)}


def test_the_test_database_begins_with_all_of_it() -> None:
    counts = [model.objects.count() for model in (Region, Municipality, Care, PublishedWait)]
    assert counts == [21, 290, 69, 168]


def test_loading_again_changes_nothing_and_writes_no_event() -> None:
    events = Event.objects.using("owner").count()
    assert set(load().values()) == {(0, 0)}
    assert Event.objects.using("owner").count() == events


def test_a_row_that_differs_is_put_right_and_the_event_says_so() -> None:
    Region.objects.using("owner").filter(code="24").update(name="Fel")
    assert load()["providers_region"] == (0, 1)
    assert Region.objects.get(code="24").name == "Region Västerbotten"
    assert Event.objects.using("owner").latest("id").data == {"providers_region": [0, 1]}


def test_every_region_is_its_own_tenant() -> None:
    assert Tenant.objects.filter(region__isnull=False, kind="region").count() == 21


def test_a_suppressed_figure_is_null_in_the_database() -> None:
    hidden = PublishedWait.objects.filter(count__isnull=True)
    assert hidden.count() == 5
    assert PublishedWait.objects.get(region="09", over_days=365, measure="operation") in hidden


def test_a_faulty_file_leaves_the_database_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty() -> Any:
        raise UnreadableReference(file="cares.csv", line=3, column="code", problem="is empty")

    Region.objects.using("owner").filter(code="24").update(name="Fel")
    monkeypatch.setattr(reference, "read_cares", faulty)
    with pytest.raises(UnreadableReference):
        load()
    assert Region.objects.get(code="24").name == "Fel"
