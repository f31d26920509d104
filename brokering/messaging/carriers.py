"""The small interface behind which every way to reach somebody stands, and what may come of a try."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Text:
    """What a message says; it is made when it is sent and kept nowhere."""

    subject: str
    body: str


@dataclass(frozen=True)
class Addressed:
    """A message on its way: its id and the address, nothing else of the person."""

    id: UUID
    address: str


@dataclass(frozen=True)
class Delivered:
    """It has reached the address."""


@dataclass(frozen=True)
class Accepted:
    """The carrier has it; a receipt tells later whether it arrived."""


@dataclass(frozen=True)
class Refused:
    """It will never reach this address. `problem` is a code."""

    problem: str


@dataclass(frozen=True)
class Postponed:
    """It has surely not been sent; it may be tried again."""

    problem: str


@dataclass(frozen=True)
class Unknown:
    """It may have been sent or not, so it must not be sent again."""


Outcome = Delivered | Accepted | Refused | Postponed | Unknown


class Carrier(Protocol):
    """One way to reach somebody."""

    def send(self, message: Addressed, text: Text) -> Outcome:
        """Hand it over. Never raises for what a server or network does."""

    def close(self) -> None:
        """Let go of connections that were kept for the next message."""
