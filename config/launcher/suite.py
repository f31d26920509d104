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
COMPILES_ANEW = "PYTHONDONTWRITEBYTECODE"
"""With it each of the hundred processes that the tests start would compile the product for itself."""
DROPPED = (*PRODUCTS, COMPILES_ANEW)
SHARED = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0")
"""Between as many workers as there are cores, as tests/sharing.py says.

A worker that dies ends the run: the next one would be given files that are done, and wait for ever.
"""


def main(argv: list[str]) -> int:
    """Exit status of pytest."""
    with step("Front-end packages"):
        plain = frontend.prepare(ROOT, tests=True)
    if plain:
        say(plain)
    with step("Translations"):
        messages.compile_all()
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    pytest = [sys.executable, "-m", "pytest", *SHARED, *argv]
    return subprocess.run(pytest, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
