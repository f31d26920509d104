"""Which addresses may be fetched: open ones on the net, resolved once and then connected to by number."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from providers.feeds.faults import FeedProblem, Problem

PORTS = {"http": 80, "https": 443}
"""The schemes that are spoken, and their ports."""
LONGEST = 2000
SOMEWHERE_OPEN = "1.1.1.1"
"""Stands for the number of a name that nobody has looked up."""
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
CLOSED = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
"""Protocol assignments and a cloud's own services, which look as if they were open."""

Resolver = Callable[[str, int], list[str]]


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that was checked; `number` is the IP address to connect to, whatever the name says later."""

    scheme: str
    host: str
    port: int
    target: str
    number: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Openness:
    """Which ports may be asked; `exempt` names servers ("host:port") of tests, which stand on no open net."""

    ports: frozenset[int]
    exempt: frozenset[str] = frozenset()


def resolved(host: str, port: int) -> list[str]:
    """The IP addresses of a name, as the machine's own resolver tells them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def checked(url: str, openness: Openness, resolve: Resolver = resolved) -> Address:
    """The address to connect to; raises FeedProblem when it may not be asked.

    Every number that the name has must be open: a name that also points inside is not trusted at all.
    """
    scheme, host, port, target = _parts(url)
    if f"{host}:{port}" in openness.exempt:
        return Address(scheme=scheme, host=host, port=port, target=target, number=host)
    if port not in openness.ports:
        raise FeedProblem(Problem.PORT_NOT_ALLOWED)
    try:
        numbers = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise FeedProblem(Problem.ADDRESS_UNKNOWN) from error
    if not numbers:
        raise FeedProblem(Problem.ADDRESS_UNKNOWN)
    if not all(is_open(number) for number in numbers):
        raise FeedProblem(Problem.ADDRESS_NOT_OPEN)
    return Address(scheme=scheme, host=host, port=port, target=target, number=numbers[0])


def check_looks(url: str, openness: Openness) -> None:
    """Raises FeedProblem for an address that can never be asked, without asking where its name leads."""

    def as_it_stands(host: str, port: int) -> list[str]:
        return [host if _is_number(host) else SOMEWHERE_OPEN]

    checked(url, openness, as_it_stands)


def is_open(number: str) -> bool:
    """Whether an IP address is on the open net: not private, local, link-local, metadata, or reserved.

    An IPv6 address that carries an IPv4 address inside is judged by that one too.
    """
    try:
        address = ip_address(number.partition("%")[0])
    except ValueError:
        return False
    return all(_is_open(one) for one in _within(address))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    closed = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not closed and not any(address in net for net in CLOSED)


def _within(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in NAT64 or address in COMPATIBLE:
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    inside = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in inside if one is not None)]


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and what to ask for; raises FeedProblem."""
    if len(url) > LONGEST or not url.isprintable() or " " in url:
        raise FeedProblem(Problem.ADDRESS_UNREADABLE)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise FeedProblem(Problem.ADDRESS_UNREADABLE) from error
    if parts.scheme not in PORTS or not host:
        raise FeedProblem(Problem.ADDRESS_UNREADABLE)
    if "@" in parts.netloc:
        raise FeedProblem(Problem.ADDRESS_HAS_LOGIN)
    query = f"?{parts.query}" if parts.query else ""
    port = PORTS[parts.scheme] if port is None else port
    return parts.scheme, host, port, (parts.path or "/") + query
