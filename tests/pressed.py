"""A form that writes is carried out once: nothing is written before its key is taken."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_finished, request_started
from django.db.backends.signals import connection_created

WRITES = re.compile(
    r"\b(?:INSERT INTO|DELETE FROM|(?<!FOR )(?<!KEY )(?<!DO )UPDATE)\s+(?!OF\b)\"?(\w+)"
)
MACHINES = ("/api/", "/fhir/", "/live/")
"""REST has its own door: `accounts.api.RetriableView`."""
NO_KEY = re.compile(r"/lamna/$|^/avtal/filer/$")
"""A page that is closed twice is left once; a file is tried, and all of it is taken back."""
KEY = "accounts_outcome"
NOT_OURS = re.compile(
    r"django_session|axes_|accounts_user$|accounts_accesslog$|accounts_access_log$"
)
"""Who is logged in and since when; and that somebody has read, which is noted as often as it happens."""

_now = threading.local()


def writes_before_its_key(sql: str) -> str:
    """The table that a statement of a page's form writes although the form's key is not yet taken."""
    found = [table for table in WRITES.findall(sql) if not NOT_OURS.match(table)]
    if KEY in found:
        _now.pressed = False
    return found[0] if found and getattr(_now, "pressed", False) else ""


@contextmanager
def watched() -> Iterator[None]:
    """From here on every form that a test sends in this process is watched."""
    request_started.connect(_begins)
    request_finished.connect(_ends)
    connection_created.connect(_watch)
    try:
        yield
    finally:
        request_started.disconnect(_begins)
        request_finished.disconnect(_ends)
        connection_created.disconnect(_watch)


def _begins(environ: dict[str, Any] | None = None, **_rest: Any) -> None:
    path, method = (environ or {}).get("PATH_INFO", ""), (environ or {}).get("REQUEST_METHOD")
    _now.pressed = method == "POST" and not path.startswith(MACHINES) and not NO_KEY.search(path)


def _ends(**_rest: Any) -> None:
    _now.pressed = False


def _watch(connection: Any, **_rest: Any) -> None:
    if _guarded not in connection.execute_wrappers:
        connection.execute_wrappers.append(_guarded)


def _guarded(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if table := writes_before_its_key(str(sql)):
        raise AssertionError(f"A form wrote to {table} before its key was taken: {sql}")
    return execute(sql, params, many, context)
