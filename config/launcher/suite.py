"""`make test`: the whole suite, on servers of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from config.launcher import attach, frontend, messages
from config.launcher.errors import told
from config.launcher.places import ROOT
from config.launcher.steps import say, step

PRODUCTS = (
    *attach.DEPLOYED,
    "DEBUG",
    "VARDBRYGGAN_DATA",
    "DATABASE_MATCHER_URL",
    "DATABASE_RELAY_URL",
)
"""Variables of a real installation: no test ever sees them."""


def main(argv: list[str]) -> int:
    """Exit status of pytest."""
    with step("Front-end packages"):
        plain = frontend.prepare(ROOT, tests=True)
    if plain:
        say(plain)
    with step("Translations"):
        messages.compile_all()
    env = {name: value for name, value in os.environ.items() if name not in PRODUCTS}
    pytest = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *argv]
    return subprocess.run(pytest, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
