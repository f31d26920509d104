"""Lets manage.py use the embedded servers: named at once, started by the first connection."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from typing import TYPE_CHECKING

from config.launcher import servers
from config.launcher.errors import Stopped
from config.launcher.places import data_folder, made

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEPLOYED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "IDENTITY_KEYS")
"""Whoever sets one of these runs the product on servers; what is missing then must fail loudly."""

_held = contextlib.ExitStack()
_is_held = False


@contextlib.contextmanager
def attached_servers(_argv: Sequence[str] = ()) -> Iterator[None]:
    """Name the embedded servers in the environment, unless it names others; let go of them afterwards."""
    if is_wanted():
        os.environ.update(environment(), VARDBRYGGAN_EMBEDDED="1")
    with _held:
        yield


def is_wanted() -> bool:
    """Whether nothing in the environment speaks of other servers or of production."""
    is_production = os.environ.get("DEBUG", "1").strip().lower() in {"0", "false", "no", "off"}
    return not is_production and not any(os.environ.get(name) for name in DEPLOYED)


def environment() -> dict[str, str]:
    """Everything that the settings read, for development on the embedded servers."""
    return {"DEBUG": "1", **keys(), **servers.environment()}


def keys() -> dict[str, str]:
    """The secret keys of this data folder, made once: without them the data cannot be read."""
    kept = made(data_folder()) / "keys.json"
    with contextlib.suppress(FileNotFoundError):
        found: dict[str, str] = json.loads(kept.read_text())
        return found
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    identity = base64.b64encode(secrets.token_bytes(32)).decode()
    fresh.write_text(
        json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "IDENTITY_KEYS": f"1:{identity}"})
    )
    with contextlib.suppress(FileExistsError):
        os.link(fresh, kept)
    fresh.unlink()
    return keys()


def ensure() -> None:
    """Start the embedded servers, or join their users; they run until this process ends."""
    global _is_held
    if _is_held:
        return
    named = os.environ.get("REDIS_URL")
    _held.enter_context(servers.held())
    _is_held = True
    if named != servers.environment()["REDIS_URL"]:
        raise Stopped("Valkey had to move to another port; run the command again.")
