"""An early pytest plug-in of `make mutate`: few examples, always the same, and nothing remembered.

A mutant runs in a fork of a process that has already run every test: an answer that was kept then would hide
what the mutant does.
"""

import os
import sys

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
