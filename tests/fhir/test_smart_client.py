"""A client of SMART Scheduling Links that nobody here wrote reads our publication over HTTP.

It is `lazau/scheduling-links-aggregator`, a crawler and a parser in Go, which no package index carries: build
it (`go build ./crawler ./parser`) and name the folder with both programs in SMART_CLIENT.
"""

import os
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from brokering.actions.publication import publish_country
from tests.factories import EYES, a_claim, a_clinic, a_slot, an_agreement, at

CLIENT = Path(os.environ.get("SMART_CLIENT", "/nowhere"))
VACCINATION = "pv-vaccination"

pytestmark = pytest.mark.skipif(
    not (CLIENT / "crawler").exists() or not (CLIENT / "parser").exists(),
    reason="no SMART client of somebody else's is built on this machine (SMART_CLIENT names its folder)",
)


class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def origin(database, settings, tmp_path):
    """The product's own addresses, served on this machine."""
    settings.PUBLICATION_FOLDER = tmp_path / "publication"
    settings.PUBLIC_URL = "https://vardbryggan.example"
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def run(program: str, folder: Path) -> Path:
    """Run one of its programs, which take no options in truth; the database that it says it has written."""
    done = subprocess.run(
        [str(CLIENT / program)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"[Oo]utput (?:written )?to (\S+\.sqlite)", done.stderr)
    assert found, done.stderr
    return Path(found[1])


def read_by_the_client(origin: str, folder: Path) -> Path:
    """The client's own database of what it found, among the test's files."""
    folder.joinpath("manifest_urls").write_text(f"{origin}/fhir/$bulk-publish\n")
    crawled = run("crawler", folder)
    try:
        return run("parser", folder).rename(folder / "parsed.sqlite")
    finally:
        crawled.unlink()


def test_the_client_finds_the_places_and_which_of_them_are_free(origin, tmp_path):
    clinic = a_clinic(region="12", cares=(VACCINATION, EYES))
    lot = an_agreement(clinic)
    free = a_slot(clinic, VACCINATION)
    booked = a_slot(clinic, VACCINATION, starts_at=at(11))
    a_claim(booked, lot)
    conditional = a_slot(clinic, EYES, starts_at=at(12))
    publish_country(now=timezone.now())
    with closing(sqlite3.connect(read_by_the_client(origin, tmp_path))) as found:
        slots = dict(found.execute("SELECT id, status FROM slots"))
        starts = dict(found.execute("SELECT id, start_sec FROM slots"))
        places = found.execute("SELECT id, name FROM locations").fetchall()
        links = found.execute("SELECT value_url FROM slot_extensions").fetchall()
    assert slots == {
        str(free.id): "free",
        str(booked.id): "busy",
        str(conditional.id): "busy-unavailable",
    }
    assert starts[str(free.id)] == int(free.starts_at.timestamp())
    assert places == [(str(clinic.id), clinic.name)]
    assert (f"https://vardbryggan.example/tid/{free.id}/",) in links
