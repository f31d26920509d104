"""A real server of the production kind, and a publisher who calls it."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid4

from django.test import Client

from accounts.models import Membership, User
from accounts.roles import Role

READY_SECONDS = 60.0
PATIENT = ("--timeout", "300", "--keep-alive", "300", "--log-level", "warning")
"""Clients of a benchmark stay connected between rounds, however long those last."""


class Server(NamedTuple):
    """Where it answers (host and port), and its first process."""

    address: str
    pid: int


@contextlib.contextmanager
def served() -> Iterator[str]:
    """One process of the production server; yields host and port."""
    with production_server(workers=1) as server:
        yield server.address


@contextlib.contextmanager
def production_server(*, workers: int) -> Iterator[Server]:
    """gunicorn with threads on a free port, as in production."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn"]
    bound = ["--bind", address, "--workers", str(workers), *PATIENT, "config.wsgi"]
    env = os.environ | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    server = subprocess.Popen([*command, *bound], env=env, stdout=sys.stderr)
    try:
        _wait_for(address)
        yield Server(address, server.pid)
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            asked = http.client.HTTPConnection(address, timeout=5)
            asked.request("GET", "/healthz")
            if asked.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


class Caller:
    """Somebody of a tenant with a login and a session, as a publisher's system would have.

    `others` are tenants in which the login has the same role.
    """

    def __init__(self, address: str, tenant: UUID, role: Role, *others: UUID) -> None:
        self._address = address
        user, _ = User.objects.using("owner").get_or_create(
            username=f"benchmark-{tenant.hex}", defaults={"synthetic": True}
        )
        for one in (tenant, *others):
            Membership.objects.using("owner").get_or_create(
                user_id=user.id, tenant_id=one, role=role, valid_from=date(2020, 1, 1)
            )
        client = Client()
        user._state.db = "default"
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookies = {name: value.value for name, value in client.cookies.items()}
        token = "b" * 32
        self._headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in (cookies | {"csrftoken": token}).items()),
            "X-CSRFToken": token,
            "Content-Type": "application/x-ndjson",
        }

    @property
    def cookie(self) -> str:
        """What the browser sends of the session."""
        return self._headers["Cookie"]

    def publish(self, lines: Iterable[bytes]) -> dict[str, int]:
        """Send the lines as they come and read every line of the answer; the counts of its last one."""
        asked = http.client.HTTPConnection(self._address, timeout=300)
        headers = self._headers | {"Idempotency-Key": str(uuid4())}
        asked.request(
            "POST", "/api/v1/slots/batch", body=lines, headers=headers, encode_chunked=True
        )
        answer = asked.getresponse()
        assert answer.status == 200, answer.read()
        last = b""
        for line in answer:
            last = line
        asked.close()
        counts: dict[str, int] = json.loads(last)["counts"]
        return counts
