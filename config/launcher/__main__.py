"""`python3 -m config.launcher COMMAND`: makes .venv what the locks say, then goes on inside it."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from config.launcher import virtualenv
from config.launcher.errors import told


class Command(NamedTuple):
    """A module of this package that runs inside .venv."""

    module: str
    needs_tools: bool
    does: str


COMMANDS = {
    "run": Command("run", needs_tools=False, does="start everything and print the address"),
    "test": Command("suite", needs_tools=True, does="run the tests on servers of their own"),
    "check": Command("check", needs_tools=True, does="style, types, imports, migrations"),
    "bench": Command(
        "bench", needs_tools=True, does="run every benchmark once, a JSON object a line"
    ),
    "drill": Command(
        "drill", needs_tools=False, does="kill and cut off parts under load, then see who lost what"
    ),
    "with": Command(
        "borrow", needs_tools=False, does="run a command with the servers up: with psql …"
    ),
    "env": Command(
        "environment", needs_tools=False, does="print the variables that reach the servers"
    ),
    "clean-data": Command(
        "clean", needs_tools=False, does="remove the data of the embedded servers"
    ),
    "mutate": Command(
        "mutate", needs_tools=True, does="change the law and ask whether a test notices"
    ),
    "lock": Command("lock", needs_tools=True, does="resolve the requirements anew"),
    "messages": Command(
        "messages",
        needs_tools=False,
        does="take in new sentences, name what lacks a translation, compile",
    ),
}


def main(argv: list[str]) -> int:
    """Hand over to the command's module under the Python of .venv."""
    if not argv or argv[0] not in COMMANDS:
        return _usage()
    command = COMMANDS[argv[0]]
    python = str(virtualenv.ready(needs_tools=command.needs_tools))
    os.execv(python, [python, "-m", f"config.launcher.{command.module}", *argv[1:]])


def _usage() -> int:
    print("usage: python3 -m config.launcher COMMAND", file=sys.stderr)
    for name, command in COMMANDS.items():
        print(f"  {name:<11} {command.does}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
