"""A publisher's web server on this machine, which serves what a test puts there and remembers who asked."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from providers.feeds.resources import CARES, HSA_ID, SMART


@dataclass
class Sent:
    """What is answered at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """Told as Content-Length instead of the truth."""


@dataclass
class Publisher:
    """`served` is by path; `asked` holds path and headers of every request."""

    origin: str
    served: dict[str, Sent] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    with_etags: bool = True

    def put(self, path: str, body: bytes | str, **also: Any) -> str:
        """Serve it; the address."""
        content = body.encode() if isinstance(body, str) else body
        self.served[path] = Sent(content, **also)
        return f"{self.origin}{path}"

    def put_lines(self, path: str, *resources: Any, packed: bool = False) -> str:
        """Serve NDJSON; what is text already is a line as it stands."""
        lines = [one if isinstance(one, str) else json.dumps(one) for one in resources]
        body = "\n".join(lines).encode()
        headers = {"Content-Type": "application/fhir+ndjson"}
        if packed:
            return self.put(
                path, gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"}
            )
        return self.put(path, body, headers=headers)

    def put_manifest(
        self, *files: tuple[str, str], path: str = "/$bulk-publish", **also: Any
    ) -> str:
        """Serve a manifest of (type, address)."""
        output = [{"type": kind, "url": url} for kind, url in files]
        told = {"transactionTime": "2026-11-22T05:00:00Z", "request": f"{self.origin}{path}"}
        body = json.dumps(told | {"output": output, "error": []} | also)
        return self.put(path, body, headers={"Content-Type": "application/json"})

    def paths(self) -> list[str]:
        """What has been asked for, in order."""
        return [path for path, _ in self.asked]


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A running publisher."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            sent = site.served.get(self.path, Sent(b"nothing here", 404))
            etag = f'"{sha256(sent.body).hexdigest()[:16]}"'
            if site.with_etags and self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.send_header("ETag", etag)
                self.end_headers()
                return
            self.send_response(sent.status)
            if site.with_etags:
                self.send_header("ETag", etag)
            for name, value in sent.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(sent.length or len(sent.body)))
            self.end_headers()
            self.wfile.write(sent.body)
            self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Publisher(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_location(hsa_id: str, id: str = "loc-1") -> dict[str, Any]:
    """A Location that names a clinic."""
    return {
        "resourceType": "Location",
        "id": id,
        "name": "Påhittad mottagning",
        "identifier": [{"system": HSA_ID, "value": hsa_id}],
    }


def a_schedule(
    care: str = "besok-ogon", id: str = "cal-1", location: str = "loc-1"
) -> dict[str, Any]:
    """A Schedule of the location for a care."""
    return {
        "resourceType": "Schedule",
        "id": id,
        "actor": [{"reference": f"Location/{location}"}],
        "serviceType": [{"coding": [{"system": CARES, "code": care}]}],
    }


def a_time(
    id: str, start: str, end: str, *, status: str = "free", places: int | None = None
) -> Any:
    """A Slot on that schedule."""
    slot = {
        "resourceType": "Slot",
        "id": id,
        "schedule": {"reference": "Schedule/cal-1"},
        "status": status,
        "start": start,
        "end": end,
    }
    capacity = {"url": f"{SMART}slot-capacity", "valueInteger": places}
    return slot if places is None else slot | {"extension": [capacity]}
