"""`make lock`: resolves requirements*.in, the run-time lock inside the one of the tools.

Compiled apart, the two would pin different versions. The locks name no package index, hold for every
platform, and keep the reason of each direct dependency on its line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT
from config.launcher.steps import step

UV = Path(sys.executable).parent / "uv"
SOURCES = (ROOT / "requirements.in", ROOT / "requirements-dev.in")
OPTIONS = (
    "--python-version",
    "3.11",
    "--universal",
    "--no-header",
    "--no-emit-index-url",
    "--quiet",
)
REASON = re.compile(r"^([A-Za-z0-9._-]+)[^#]*#\s*(.+)$")
HEAD = "# Made by `make lock` from requirements.in; change that one.\n"


def main(argv: list[str]) -> int:
    """Resolve both locks; `--upgrade` takes the newest versions that the sources allow."""
    with step("requirements-dev.txt"):
        _compile("requirements-dev", *argv)
    with step("requirements.txt"):
        _compile("requirements", "-c", "requirements-dev.txt", *argv)
    return 0


def _compile(name: str, *options: str) -> None:
    target = ROOT / f"{name}.txt"
    done = subprocess.run(
        [str(UV), "pip", "compile", f"{name}.in", "-o", target.name, *OPTIONS, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Stopped(f"{name}.in cannot be resolved: {done.stderr.strip()}")
    target.write_text(HEAD + with_reasons(target.read_text(), reasons()), encoding="utf-8")


def reasons() -> dict[str, str]:
    """Why each direct dependency is there, by its name."""
    lines = [line for source in SOURCES for line in source.read_text(encoding="utf-8").splitlines()]
    found = [match for line in lines if (match := REASON.match(line))]
    return {_normal(match[1]): match[2].strip() for match in found}


def with_reasons(lock: str, why: dict[str, str]) -> str:
    """The lock with the reason on the line of each direct dependency, without its notes on constraints."""
    lines = [line for line in lock.splitlines() if line.strip() != "#   -c requirements-dev.txt"]
    return "\n".join(_with_reason(line, why) for line in lines) + "\n"


def _with_reason(line: str, why: dict[str, str]) -> str:
    name = _normal(re.split(r"[=\[ ;]", line, maxsplit=1)[0])
    return f"{line}  # {why[name]}" if name in why and "==" in line else line


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
