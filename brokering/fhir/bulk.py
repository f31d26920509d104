"""`GET /fhir/$bulk-publish` and its files: one manifest for SMART Scheduling Links and for Bulk Data."""

import gzip
import json
import re
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from brokering.actions.publication import MANIFEST
from brokering.fhir.outcomes import of_problem
from brokering.fhir.systems import MEDIA_TYPE
from brokering.tasks import begun, publish_free_times

NDJSON = "application/fhir+ndjson"
MANIFEST_TYPE = "http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkPublishManifest"
MANIFEST_KEPT = "public, max-age=60"
"""Clients ask no more often than once a minute."""
FILE_KEPT = "public, max-age=31536000, immutable"
NAME = re.compile(r"[a-z]+-[0-9]{2}-[0-9a-f]{32}\.ndjson")
SOON = 15


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What there is to fetch; 503 until it has been written for the first time."""
    path = settings.PUBLICATION_FOLDER / MANIFEST
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        begun(publish_free_times)
        return _not_yet()
    content = json.dumps(_manifest(told, request)).encode()
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    written = datetime.fromisoformat(told["transactionTime"]).timestamp()
    headers = {"ETag": etag, "Cache-Control": MANIFEST_KEPT, "Last-Modified": http_date(written)}
    return _answer(request, content, "application/json", headers)


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One file, packed for those who can unpack it; what has its name never changes."""
    path = settings.PUBLICATION_FOLDER / f"{name}.gz"
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    etag = f'"{name.rpartition("-")[2].partition(".")[0]}"'
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    content = path.read_bytes()
    headers = {"ETag": etag, "Cache-Control": FILE_KEPT, "Vary": "Accept-Encoding"}
    if packed:
        return _answer(request, content, NDJSON, headers | {"Content-Encoding": "gzip"})
    return _answer(request, gzip.decompress(content), NDJSON, headers)


def _manifest(told: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    minutes = int(settings.PUBLICATION_EVERY.total_seconds() // 60)
    return {
        "manifestType": MANIFEST_TYPE,
        "transactionTime": told["transactionTime"],
        "requiresAccessToken": False,
        "updateCadence": f"PT{minutes}M",
        "outputFormat": NDJSON,
        "request": request.build_absolute_uri(request.path),
        "output": [
            {
                "type": one["type"],
                "url": request.build_absolute_uri(reverse("bulk-file", args=[one["file"]])),
                "count": one["count"],
                "fileSize": one["size"],
                "extension": {"state": one["state"]},
            }
            for one in told["output"]
        ],
        "deleted": [],
        "error": [],
    }


def _answer(
    request: HttpRequest, content: bytes, kind: str, headers: dict[str, str]
) -> HttpResponse:
    """The content, or 304 for who has it; open to programs on other sites."""
    opened = headers | {"Access-Control-Allow-Origin": "*"}
    if _has_it(request, headers):
        opened.pop("Content-Encoding", None)
        return HttpResponseNotModified(headers=opened)
    return HttpResponse(content, content_type=kind, headers=opened)


def _has_it(request: HttpRequest, headers: dict[str, str]) -> bool:
    """Whether the client has this version; what it says of the ETag outweighs what it says of the time."""
    if asked := request.headers.get("If-None-Match"):
        names = {one.strip().removeprefix("W/") for one in asked.split(",")}
        return headers["ETag"] in names or "*" in names
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    written = parse_http_date_safe(headers.get("Last-Modified", ""))
    return None not in (since, written) and since >= written  # type: ignore[operator]


def _not_yet() -> HttpResponse:
    problem = {
        "code": "not_written_yet",
        "status": 503,
        "detail": "It is being written; ask again soon.",
    }
    return JsonResponse(
        of_problem(problem),
        status=503,
        content_type=MEDIA_TYPE,
        headers={"Retry-After": str(SOON), "Cache-Control": "no-store"},
    )
