"""`make check`: everything that a machine can say about the code without running the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.launcher import attach
from config.launcher.errors import told
from config.launcher.places import ROOT
from config.launcher.steps import say, step

TOOLS = Path(sys.executable).parent
CHECKS = {
    "Style": [str(TOOLS / "ruff"), "check", "--quiet"],
    "Layout": [str(TOOLS / "ruff"), "format", "--check", "--quiet"],
    "Types": [str(TOOLS / "mypy")],
    "Import contracts": [str(TOOLS / "lint-imports"), "--no-cache"],
    "Django": [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
    "Migrations complete": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    "Document of the law": [sys.executable, "manage.py", "law_docs", "--check"],
    "Document of the states": [sys.executable, "manage.py", "states_docs", "--check"],
    "Document of the simulation": [sys.executable, "manage.py", "simulate", "--check"],
}


def main(argv: list[str]) -> int:
    """Run every check, or those named; 1 when any of them failed."""
    env = {**attach.environment(), "VARDBRYGGAN_EMBEDDED": "1", **os.environ}
    wanted = {title: tool for title, tool in CHECKS.items() if not argv or title in argv}
    failed = [title for title, tool in wanted.items() if not _passes(title, tool, env)]
    say(f"{len(wanted) - len(failed)} of {len(wanted)} checks passed.")
    return int(bool(failed))


def _passes(title: str, argv: list[str], env: dict[str, str]) -> bool:
    with step(title):
        done = subprocess.run(
            argv,
            cwd=ROOT,
            env=env,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        say(done.stdout)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
