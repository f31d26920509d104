"""Whoever frees a place first in a new process waits no longer than the next."""

from brokering.matching import greedy
from brokering.tasks import load_for


def test_a_worker_at_what_somebody_waits_for_loads_the_engine_and_no_other_does():
    loading = load_for(["messages", "live"])
    assert loading is not None
    loading.join()
    assert greedy.seated.signatures
    assert load_for(["upkeep"]) is None
