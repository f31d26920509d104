"""An early pytest plug-in of `make mutate`: few examples, always the same, and nothing remembered.

A mutant runs in a fork of a process that has already run every test: an answer that was kept then would hide
what the mutant does.
"""

import os
import sys

import pytest
from hypothesis import Phase, settings

PRODUCT = ("brokering", "contracts", "providers")

settings.register_profile(
    "mutation",
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("mutation")


NAMED = pytest.StashKey[dict[str, int]]()
"""The tests that mutmut asks for, each with its place in the order: the quickest first."""


def pytest_configure(config: pytest.Config) -> None:
    """Hundreds of tests named one by one are found by reading their files once."""
    if config.args and all("::" in name for name in config.args):
        config.stash[NAMED] = {name: place for place, name in enumerate(config.args)}
        config.args[:] = dict.fromkeys(name.partition("::")[0] for name in config.args)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of those files, the tests named, in the order in which they were named."""
    named = config.stash.get(NAMED, None)
    if named is not None:
        wanted = (item for item in items if item.nodeid in named)
        items[:] = sorted(wanted, key=lambda item: named[item.nodeid])


def pytest_sessionstart() -> None:
    """A mutant begins with empty caches."""
    forget()


def pytest_runtest_setup() -> None:
    """While mutmut learns which test calls what, no test lives on what another one left in a cache."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        forget()


def forget() -> None:
    """Empty every cache of the product's functions."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PRODUCT:
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
