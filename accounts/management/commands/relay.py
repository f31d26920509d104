"""Runs the relay: the one process that numbers changes and announces them to open screens."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from accounts.relay import Relay


class Command(BaseCommand):
    """Relay until SIGINT or SIGTERM; a second relay waits for the first to end."""

    help = "Number committed changes per topic and announce them to open screens."
    # They read every face of the product, four fifths of the time of a start; `make check` asks them.
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until asked to stop."""
        asyncio.run(relay_until_stopped(self._say))

    def _say(self, words: str) -> None:
        """To whoever keeps it running: that it works is said at every level of the log."""
        self.stdout.write(words)
        self.stdout.flush()


async def relay_until_stopped(say: Callable[[str], object]) -> None:
    """Cancel the relay on SIGINT or SIGTERM; a batch that is being numbered is finished first."""
    relay = asyncio.ensure_future(Relay(say=say).run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, relay.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await relay
