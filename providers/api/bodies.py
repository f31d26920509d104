"""A request's body as a stream: on disk while it comes, never whole in memory, refused when hostile."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType

from providers.errors import BodyIncomplete, BodyTooLarge, BodyUnreadable

BLOCK = 1 << 16
IN_MEMORY = 1 << 20
"""Bytes; a larger body is kept in a file that has no name and goes with the request."""


@dataclass(frozen=True)
class Body:
    """The bytes as they were sent, and their SHA-256."""

    file: IO[bytes]
    digest: str
    coding: str

    def opened(self) -> io.BufferedReader:
        """The content from its first byte, unpacked; more than `settings.BODY_BYTES_MAX` is BodyTooLarge."""
        self.file.seek(0)
        plain: Any = self.file
        if self.coding == "gzip":
            plain = gzip.GzipFile(fileobj=self.file, mode="rb")
        return io.BufferedReader(_Bounded(plain), BLOCK)


@contextmanager
def body_of(request: HttpRequest) -> Iterator[Body]:
    """The whole body, for as long as the request is worked on.

    Raises BodyTooLarge, BodyIncomplete when the connection broke, or UnsupportedMediaType.
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip"}:
        raise UnsupportedMediaType(coding)
    with SpooledTemporaryFile(IN_MEMORY) as file:
        yield Body(file, _received(request, file), coding)  # type: ignore[arg-type]


def _received(request: HttpRequest, file: IO[bytes]) -> str:
    """Take the body in; its digest. A body that ends before its announced length is no body."""
    digest, count = sha256(), 0
    try:
        while block := _stream(request).read(BLOCK):
            count += len(block)
            if count > settings.BODY_BYTES_MAX:
                raise BodyTooLarge(most=settings.BODY_BYTES_MAX)
            digest.update(block)
            file.write(block)
    except (UnreadablePostError, OSError) as error:
        raise BodyIncomplete from error
    announced = request.META.get("CONTENT_LENGTH") or count
    if count != int(announced):
        raise BodyIncomplete
    return digest.hexdigest()


def _stream(request: HttpRequest) -> Any:
    """Where the body comes from. Of a chunked body Django reads nothing; the server ends it by itself."""
    is_chunked = not request.META.get("CONTENT_LENGTH")
    if is_chunked and request.META.get("wsgi.input_terminated"):
        return request.META["wsgi.input"]
    return request


class _Bounded(io.RawIOBase):
    """Reads on until the content is larger than any honest one; what cannot be unpacked is refused."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._left = settings.BODY_BYTES_MAX

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; raises BodyTooLarge or BodyUnreadable."""
        try:
            block = self._inner.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BodyUnreadable from error
        self._left -= len(block)
        if self._left < 0:
            raise BodyTooLarge(most=settings.BODY_BYTES_MAX)
        buffer[: len(block)] = block
        return len(block)
