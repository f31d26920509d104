"""Fetches one file over HTTP: a checked address, a size, a time, and nothing that was not asked for."""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

import urllib3
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

from providers.feeds.addresses import Address, Openness, Resolver, checked, resolved
from providers.feeds.faults import FeedProblem, Problem

CHUNK = 1 << 16
NOT_CHANGED = 304
REDIRECTS = {301, 302, 303, 307, 308}
REFUSED = {
    401: Problem.NEEDS_LOGIN,
    403: Problem.NEEDS_LOGIN,
    404: Problem.NOT_THERE,
    410: Problem.NOT_THERE,
    429: Problem.SOURCE_BUSY,
    503: Problem.SOURCE_BUSY,
}
AGENT = "Vardbryggan/1 (+SMART Scheduling Links client)"
SAFE = "/%:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How much of a source is endured: bytes as sent and unpacked, seconds a step, redirects."""

    most_bytes: int
    most_unpacked: int
    connect_seconds: float
    read_seconds: float
    redirects: int = 3


@dataclass(frozen=True, kw_only=True)
class Version:
    """Which version of a file there is: what the source called it, for the next conditional request."""

    etag: str = ""
    modified: str = ""
    immutable: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the source can be asked if there is another one."""
        return bool(self.etag or self.modified)


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came: the file is written unless it is unchanged; `max_age` in seconds, None where unsaid."""

    unchanged: bool
    version: Version
    max_age: int | None
    content_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetches the files of one poll. `clock` gives seconds; `until` is when it stops waiting."""

    openness: Openness
    patience: Patience
    clock: Callable[[], float]
    until: float
    resolve: Resolver = resolved

    def fetch(self, url: str, into: Path, *, accept: str, known: Version | None = None) -> Fetched:
        """Write the file's unpacked content; raises FeedProblem, and then nothing is left of it."""
        address = checked(url, self.openness, self.resolve)
        for _ in range(self.patience.redirects + 1):
            with closing(self._pool(address)) as pool:
                response = self._asked(pool, address, accept, known)
                try:
                    if response.status not in REDIRECTS:
                        return self._received(response, into, known)
                    url = urljoin(url, response.headers.get("Location") or "")
                finally:
                    response.close()
            address = self._further(address, url)
        raise FeedProblem(Problem.TOO_MANY_REDIRECTS)

    def _further(self, address: Address, url: str) -> Address:
        """Where a redirect leads, checked like the first address; never from https to http."""
        further = checked(url, self.openness, self.resolve)
        if address.scheme == "https" and further.scheme == "http":
            raise FeedProblem(Problem.ADDRESS_NOT_OPEN)
        return further

    def _pool(self, address: Address) -> urllib3.HTTPConnectionPool:
        """A pool of one connection to the number that was checked, in the name that was asked for."""
        waiting = urllib3.Timeout(
            connect=self.patience.connect_seconds, read=self.patience.read_seconds
        )
        if address.scheme == "http":
            return urllib3.HTTPConnectionPool(address.number, address.port, timeout=waiting)
        return urllib3.HTTPSConnectionPool(
            address.number,
            address.port,
            timeout=waiting,
            cert_reqs="CERT_REQUIRED",
            server_hostname=address.host,
            assert_hostname=address.host,
        )

    def _asked(
        self,
        pool: urllib3.HTTPConnectionPool,
        address: Address,
        accept: str,
        known: Version | None,
    ) -> urllib3.BaseHTTPResponse:
        self._in_time()
        headers = {
            "Host": address.authority,
            "Accept": accept,
            "Accept-Encoding": "gzip",
            "User-Agent": AGENT,
        }
        try:
            return pool.urlopen(
                "GET",
                quote(address.target, safe=SAFE),
                headers=headers | _conditions(known),
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
        except (HTTPError, OSError, ValueError) as error:
            raise FeedProblem(Problem.NO_ANSWER) from error

    def _received(
        self, response: urllib3.BaseHTTPResponse, into: Path, known: Version | None
    ) -> Fetched:
        told = _told(response)
        if response.status == NOT_CHANGED and known is not None:
            kept = Version(
                etag=told.etag or known.etag,
                modified=told.modified or known.modified,
                immutable=told.immutable or known.immutable,
            )
            return Fetched(unchanged=True, version=kept, max_age=_max_age(response))
        if response.status != 200:
            raise _refused(response)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            with into.open("wb") as file:
                for chunk in self._content(response, kind):
                    file.write(chunk)
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        return Fetched(unchanged=False, version=told, max_age=_max_age(response), content_type=kind)

    def _content(self, response: urllib3.BaseHTTPResponse, kind: str) -> Iterator[bytes]:
        """The unpacked content in pieces; a page for people (HTML) is not what was asked for."""
        if kind in {"text/html", "application/xhtml+xml"}:
            raise FeedProblem(Problem.WRONG_CONTENT)
        size, begun = 0, False
        for piece in self._unpacked(response):
            size += len(piece)
            if size > self.patience.most_unpacked:
                raise FeedProblem(Problem.UNPACKS_TOO_LARGE)
            if not begun and (start := piece.lstrip(b"\xef\xbb\xbf \t\r\n")):
                begun = True
                if start.startswith(b"<"):
                    raise FeedProblem(Problem.WRONG_CONTENT)
            yield piece

    def _unpacked(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding in {"", "identity"}:
            yield from self._sent(response)
        elif coding in {"gzip", "x-gzip"}:
            yield from gunzipped(self._sent(response))
        else:
            raise FeedProblem(Problem.WRONG_CONTENT)

    def _sent(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        """The bytes as they were sent, as long as there are not too many and it does not last too long."""
        size = 0
        try:
            for piece in response.stream(CHUNK, decode_content=False):
                size += len(piece)
                if size > self.patience.most_bytes:
                    raise FeedProblem(Problem.TOO_LARGE)
                self._in_time()
                yield piece
        except (IncompleteRead, ProtocolError) as error:
            raise FeedProblem(Problem.CUT_OFF) from error
        except (HTTPError, OSError) as error:
            raise FeedProblem(Problem.NO_ANSWER) from error

    def _in_time(self) -> None:
        if self.clock() > self.until:
            raise FeedProblem(Problem.TOOK_TOO_LONG)


def gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpacked in small steps, so that a bomb is met by the limit long before it fills the memory.

    A file may be several packed ones after each other.
    """
    unpacking = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            while piece:
                if unpacking.eof:
                    unpacking = zlib.decompressobj(wbits=31)
                yield unpacking.decompress(piece, CHUNK)
                piece = unpacking.unconsumed_tail or unpacking.unused_data
    except zlib.error as error:
        raise FeedProblem(Problem.CUT_OFF) from error
    if not unpacking.eof:
        raise FeedProblem(Problem.CUT_OFF)


def _conditions(known: Version | None) -> dict[str, str]:
    if known is None:
        return {}
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in asked.items() if value}


def _told(response: urllib3.BaseHTTPResponse) -> Version:
    control = response.headers.get("Cache-Control", "")
    return Version(
        etag=response.headers.get("ETag", "")[:300],
        modified=response.headers.get("Last-Modified", "")[:60],
        immutable="immutable" in control.lower(),
    )


def _max_age(response: urllib3.BaseHTTPResponse) -> int | None:
    found = re.search(r"max-age=(\d{1,9})", response.headers.get("Cache-Control", ""), re.I)
    return int(found[1]) if found else None


def _refused(response: urllib3.BaseHTTPResponse) -> FeedProblem:
    code = REFUSED.get(response.status, Problem.SOURCE_FAULT)
    wait = response.headers.get("Retry-After", "")
    return FeedProblem(code, wait=int(wait) if re.fullmatch(r"\d{1,6}", wait) else 0)
