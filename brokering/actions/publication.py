"""Writes the country's times to disk for anyone to fetch: files that never change, a manifest that does."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from brokering.publication.resources import (
    Resource,
    healthcare_service,
    instant,
    location,
    schedule,
    slot,
)
from brokering.selectors.publication import (
    Openness,
    openness_of,
    services_of,
    sites,
    times_of,
)

MANIFEST = "manifest.json"
LINES = 20_000
"""How many lines a file has at most."""
PACKED = 6


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the publication: its name tells its content."""

    type: str
    region: str
    name: str
    count: int
    size: int


def publish_country(*, now: datetime) -> dict[str, int]:
    """Write every region's files, then the manifest that names them, in one step; lines by type.

    Whoever reads the old manifest still finds its files for `settings.PUBLICATION_GRACE`.
    """
    folder: Path = settings.PUBLICATION_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    openness = openness_of(sites(), now=now)
    files = [file for region in openness.regions for file in _files_of(region, folder, openness)]
    told = {
        "transactionTime": instant(now),
        "output": [
            {
                "type": one.type,
                "file": one.name,
                "count": one.count,
                "size": one.size,
                "state": [one.region],
            }
            for one in files
        ],
    }
    _put(folder / MANIFEST, json.dumps(told).encode())
    _tidy(folder, {one.name for one in files}, now)
    return {kind: sum(one.count for one in files if one.type == kind) for kind in _types(files)}


def _files_of(region: str, folder: Path, openness: Openness) -> Iterator[File]:
    by_clinic = openness.sites
    services = list(services_of(region, openness))
    home = f"{settings.PUBLIC_URL}/sok/"
    kinds: dict[str, Iterable[Resource]] = {
        "Location": (
            location(site, home=home) for site in by_clinic.values() if site.region == region
        ),
        "HealthcareService": (healthcare_service(one, by_clinic[one.clinic]) for one in services),
        "Schedule": (schedule(one, by_clinic[one.clinic]) for one in services),
        "Slot": (
            slot(one.time, one.free_for, link=f"{settings.PUBLIC_URL}/tid/{one.time.slot}/")
            for one in times_of(region, openness)
        ),
    }
    for kind, resources in kinds.items():
        lines = iter(resources)
        while part := [json.dumps(one, ensure_ascii=False) for one in islice(lines, LINES)]:
            yield _written(kind, region, part, folder)


def _written(kind: str, region: str, lines: list[str], folder: Path) -> File:
    """One file under the name of its content; one that is there already is only touched."""
    content = "\n".join(lines).encode()
    name = f"{kind.lower()}-{region}-{sha256(content).hexdigest()[:32]}.ndjson"
    path = folder / f"{name}.gz"
    if path.exists():
        os.utime(path)
    else:
        _put(path, gzip.compress(content, PACKED, mtime=0))
    return File(type=kind, region=region, name=name, count=len(lines), size=len(content))


def _put(path: Path, content: bytes) -> None:
    """Write and rename: whoever reads sees the whole of the old or the whole of the new."""
    arriving = path.with_name(f"arriving-{uuid4().hex}")
    arriving.write_bytes(content)
    arriving.replace(path)


def _tidy(folder: Path, named: set[str], now: datetime) -> None:
    """Remove what no manifest has named for longer than the grace."""
    before = now.timestamp() - settings.PUBLICATION_GRACE.total_seconds()
    for path in folder.iterdir():
        listed = path.name == MANIFEST or path.name.removesuffix(".gz") in named
        if not listed and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def _types(files: list[File]) -> list[str]:
    return list(dict.fromkeys(one.type for one in files))
