"""Which servers a start uses: those that the environment names, the embedded ones for the rest."""

from __future__ import annotations

import os
import shlex
import sys

from config.launcher import attach, postgres, valkey
from config.launcher.errors import Stopped, told


def missing_servers() -> list[str]:
    """The embedded servers that this environment needs; raises Stopped when it names only some roles."""
    names = []
    if os.environ.get("DATABASE_URL"):
        absent = [name for name in postgres.ROLES if not os.environ.get(name)]
        if absent:
            raise Stopped(
                f"DATABASE_URL is set, so {' and '.join(absent)} must be set too; see docs/running.md."
            )
    else:
        names.append("postgres")
    if not os.environ.get("REDIS_URL"):
        names.append("valkey")
    return names


def complete() -> dict[str, str]:
    """The environment of every process: what is set stays, the rest is development on embedded servers."""
    embedded = {"DEBUG": "1"}
    if not (os.environ.get("SECRET_KEY") and os.environ.get("IDENTITY_KEYS")):
        embedded |= attach.keys()
    servers = missing_servers()
    if "postgres" in servers:
        embedded |= postgres.urls()
    if "valkey" in servers:
        embedded["REDIS_URL"] = valkey.url()
    return {**embedded, **{name: value for name, value in os.environ.items() if value}}


def main(_argv: list[str]) -> int:
    """Print what a shell needs to reach the servers while they run."""
    names = ("DEBUG", *postgres.ROLES, "REDIS_URL", "SECRET_KEY", "IDENTITY_KEYS")
    values = complete()
    for name in names:
        print(f"export {name}={shlex.quote(values[name])}")
    return 0


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
