"""A place is published by a call; a thousand open screens hear of it through uvicorn, relay and Valkey.

The clock runs from before the call is sent until each screen has the message, and until the search, asked
again and again, shows the place. The screens run on the same machine as everything else. The reference is a
bare channel: as many subscribers of Valkey itself, and nothing between them and who publishes.
"""

import http.client
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from accounts import topics
from accounts.roles import Role
from benchmarks.callers import Caller, served
from benchmarks.channel import bare_delays
from benchmarks.screens import PATIENCE, SCREENS, followed
from benchmarks.stage import MILLI, percentile, tell
from providers.models import Care, Clinic

CALLS, PLACES = 20, 10
PAUSE = 2.0
SEARCH_AGAIN = 0.05


def measure() -> None:
    """Milliseconds until 95 of 100 screens have heard, all calls together; and until the search shows it."""
    clinic = Clinic.objects.filter(cares__form=Care.Form.OPEN).order_by("id")[0]
    care = clinic.cares.filter(form=Care.Form.OPEN).order_by("code")[0]
    with served() as address, followed(topics.care(care.code)) as screens:
        caller = Caller(address, clinic.tenant_id, Role.CLINIC_STAFF)
        caller.publish(lines(clinic, care, 0))
        screens.wait_until_all_heard()
        found = [_one_call(address, caller, clinic, care, number) for number in range(1, CALLS)]
        heard = screens.delays([sent for sent, _ in found])
    print(json.dumps({"screens": SCREENS, "heard": len(heard)}), file=sys.stderr)
    assert len(heard) == SCREENS * len(found)
    bare = bare_delays(SCREENS, CALLS - 1)
    for share in (50, 95):
        least = ("a bare channel of Valkey with as many subscribers", percentile(bare, share))
        tell(f"live.heard_p{share}", percentile(heard, share), least, SCREENS)
    searchable = percentile([took for _, took in found], 95)
    tell(
        "live.searchable_p95",
        searchable,
        ("the screens, in the same run", percentile(heard, 95)),
        len(found),
    )


def _one_call(
    address: str, caller: Caller, clinic: Clinic, care: Care, number: int
) -> tuple[float, float]:
    """When the call was sent, and milliseconds until the search shows its first place."""
    time.sleep(PAUSE)
    starts = _starts(number)
    sent = time.perf_counter()
    counts = caller.publish(lines(clinic, care, number))
    assert counts == {"created": PLACES}, counts
    while not _is_shown(address, clinic.id, care.code, starts):
        assert time.perf_counter() - sent < PATIENCE
        time.sleep(SEARCH_AGAIN)
    return sent, (time.perf_counter() - sent) * MILLI


def _is_shown(address: str, clinic: UUID, care: str, starts: datetime) -> bool:
    day = starts.date().isoformat()
    asked = http.client.HTTPConnection(address, timeout=30)
    asked.request(
        "GET",
        f"/api/v1/slots?care={care}&clinic={clinic}&from_date={day}&to_date={day}&size=100",
    )
    hits = json.load(asked.getresponse())["items"]
    asked.close()
    return any(datetime.fromisoformat(hit["starts_at"]) == starts for hit in hits)


def _starts(number: int) -> datetime:
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon + timedelta(days=200 + number)


def lines(clinic: Clinic, care: Care, number: int) -> list[bytes]:
    """Places of a day of their own, as one call sends them."""
    starts = _starts(number)
    told = {
        "clinic": str(clinic.id),
        "care": care.code,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(minutes=20)).isoformat(),
    }
    return [json.dumps(told | {"source_key": str(uuid4())}).encode() + b"\n" for _ in range(PLACES)]
