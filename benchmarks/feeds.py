"""A publisher's own web server with a SMART publication, and the feed that polls it."""

import contextlib
import functools
import json
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings

from providers.feeds.resources import CARES, HSA_ID
from providers.models import Clinic, Feed
from providers.staging import StagedRow
from providers.tasks import polled

PROMISE = timedelta(hours=1)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Publication:
    """One feed of a provider; each poll finds other times there."""

    def __init__(self, folder: Path, origin: str, clinic: Clinic) -> None:
        self._folder, self._origin, self._provider = folder, origin, clinic.provider_id
        self._feed = Feed.objects.using("owner").create(
            provider_id=clinic.provider_id,
            tenant_id=clinic.tenant_id,
            kind=Feed.Kind.SMART,
            url=f"{origin}/manifest.json",
            promised_age=PROMISE,
            added_at=datetime.now(UTC),
            synthetic=True,
        )

    @property
    def id(self) -> UUID:
        """The feed's id."""
        return self._feed.id

    def polled(self, rows: list[StagedRow]) -> float:
        """Publish the rows there, then seconds of one poll of them."""
        self._put(rows)
        now = datetime.now(UTC)
        Feed.objects.using("owner").filter(id=self._feed.id).update(polled_at=now)
        begun = perf_counter()
        counts = polled(self._feed.id)
        took = perf_counter() - begun
        assert counts == {"created": len(rows)}, counts
        return took

    def remove(self) -> None:
        """Leave nothing of it in the database."""
        self._feed.deliveries.using("owner").all().delete()
        Feed.objects.using("owner").filter(id=self._feed.id).delete()

    def _put(self, rows: list[StagedRow]) -> None:
        clinics = Clinic.objects.filter(provider_id=self._provider)
        self._put_lines("Location", [_location(clinic) for clinic in clinics])
        pairs = dict.fromkeys((str(row.clinic), row.care) for row in rows)
        self._put_lines("Schedule", [_schedule(*pair) for pair in pairs])
        self._put_lines("Slot", [_slot(row) for row in rows])
        kinds = ("Location", "Schedule", "Slot")
        output = [{"type": kind, "url": f"{self._origin}/{kind}.ndjson"} for kind in kinds]
        told = {"transactionTime": datetime.now(UTC).isoformat(), "request": self._feed.url}
        self._write("manifest.json", json.dumps(told | {"output": output, "error": []}))

    def _put_lines(self, kind: str, resources: list[dict[str, Any]]) -> None:
        lines = (json.dumps({"resourceType": kind} | one) for one in resources)
        self._write(f"{kind}.ndjson", "\n".join(lines))

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8")


def _location(clinic: Clinic) -> dict[str, Any]:
    identifier = [{"system": HSA_ID, "value": clinic.hsa_id}]
    return {"id": str(clinic.id), "name": clinic.name, "identifier": identifier}


def _schedule(clinic: str, care: str) -> dict[str, Any]:
    return {
        "id": _schedule_id(clinic, care),
        "actor": [{"reference": f"Location/{clinic}"}],
        "serviceType": [{"coding": [{"system": CARES, "code": care}]}],
    }


def _slot(row: StagedRow) -> dict[str, Any]:
    starts, ends = row.starts_at, row.ends_at
    assert starts
    assert ends
    return {
        "id": row.source_key,
        "schedule": {"reference": f"Schedule/{_schedule_id(str(row.clinic), row.care)}"},
        "status": "free",
        "start": starts.isoformat(),
        "end": ends.isoformat(),
    }


def _schedule_id(clinic: str, care: str) -> str:
    return f"{clinic[:8]}-{care}"


@contextlib.contextmanager
def fed(clinic: Clinic) -> Iterator[Publication]:
    """A server on this machine, which fetching is allowed to reach, and a feed of the clinic's provider."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        handler = functools.partial(_Quiet, directory=name)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_address[1]}"
        settings.FEED_TEST_SERVERS = frozenset({place})
        settings.FEED_FOLDER = folder / "kept"
        publication = Publication(folder, f"http://{place}", clinic)
        try:
            yield publication
        finally:
            publication.remove()
            server.shutdown()
            server.server_close()
