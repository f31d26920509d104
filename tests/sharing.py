"""How the tests are shared between workers: a file as a whole, what takes longest first.

A file's worlds, browsers and processes are then made once, not once in each worker. The tests of the whole
product are one piece across files: it is started once, and what listens to Valkey is never beside a worker
that kills it.
"""

from collections import Counter

import pytest
from xdist.scheduler import LoadScopeScheduling

THE_PRODUCT = "the whole product"
WITH_THE_PRODUCT = (
    "tests/accounts/test_live.py",
    "tests/accounts/test_live_losses.py",
    "tests/accounts/test_relay.py",
    "tests/config/test_live_stack.py",
    "tests/e2e/",
)
FIRST = (
    THE_PRODUCT,
    "tests/config/test_short_drill.py",
    "tests/config/test_make_run.py",
    "tests/brokering/test_bypasses.py",
    "tests/brokering/test_country.py",
    "tests/brokering/test_national_rounds.py",
    "tests/law/test_table.py",
    "tests/law/test_plain_decide.py",
    "tests/law/test_explanation.py",
    "tests/insight/test_simulation.py",
    "tests/config/test_embedded_servers.py",
)
"""What takes far longer than its number of tests tells: no worker ends with one of them."""


class ByFile(LoadScopeScheduling):
    """Hands out a home at a time, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return home(nodeid)


def home(nodeid: str) -> str:
    """Where a test stays together with others: its file, or the tests of the whole product."""
    file = nodeid.partition("::")[0]
    return THE_PRODUCT if file.startswith(WITH_THE_PRODUCT) else file


def sort(items: list[pytest.Item]) -> None:
    """What takes longest first, then the files with most tests; inside of each the order stays."""
    size = Counter(home(item.nodeid) for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        its = home(item.nodeid)
        return FIRST.index(its) if its in FIRST else len(FIRST), -size[its], its

    items.sort(key=place)
