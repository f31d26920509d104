"""The sockets of the web processes, opened before anything else and kept open while a process restarts."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.launcher.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING_MOST = 2048


@dataclass(frozen=True)
class Doors:
    """Where HTTP comes in, and live connections where they have a port of their own."""

    http: socket.socket
    live: socket.socket | None = None

    @property
    def numbers(self) -> list[int]:
        """The open files that the processes behind inherit."""
        return [door.fileno() for door in (self.http, self.live) if door]

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the product."""
        return f"http://{_reached(self.http)}/"

    @property
    def live_address(self) -> str:
        """Where live connections are made."""
        return f"ws://{_reached(self.live or self.http)}/live/"


@contextlib.contextmanager
def opened() -> Iterator[Doors]:
    """PORT, and LIVE_PORT where it is set; raises Stopped at once for a port that cannot be had."""
    with contextlib.ExitStack() as kept:
        http = kept.enter_context(_door("PORT", "8000"))
        apart = "LIVE_PORT" in os.environ
        yield Doors(http, kept.enter_context(_door("LIVE_PORT")) if apart else None)


@contextlib.contextmanager
def _door(variable: str, usual: str = "") -> Iterator[socket.socket]:
    host, port = os.environ.get("HOST", "127.0.0.1"), _port(variable, usual)
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            raise Stopped(
                f"Port {port} on {host} cannot be used ({error.strerror}); "
                f"stop what uses it, or choose another: {variable}={max(port, 8000) + 1} make run."
            ) from None
        door.listen(WAITING_MOST)
        yield door


def _port(variable: str, usual: str) -> int:
    given = os.environ.get(variable, usual)
    if not given.isdigit() or int(given) > 65535:
        raise Stopped(f"{variable} is {given!r}; it must be a number up to 65535.")
    return int(given)


def _reached(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
