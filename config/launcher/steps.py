"""One line for each thing that happens on the way up, with its seconds."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title, then the seconds it took; a failure leaves the line open for the sentence."""
    started = time.monotonic()
    print(f"{title:<46}", end="", flush=True)
    yield
    print(f"{time.monotonic() - started:6.1f} s", flush=True)


def say(line: str = "") -> None:
    """A line for the person who started this."""
    print(line, flush=True)
