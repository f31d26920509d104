"""`make bench`: every benchmark once; each prints one JSON object a line."""

from __future__ import annotations

import subprocess
import sys

from config.launcher import environment, servers
from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT


def main(argv: list[str]) -> int:
    """Run those named, or all; 1 when any of them failed."""
    found = [path.stem for path in sorted((ROOT / "benchmarks").glob("bench_*.py"))]
    wanted = argv or found
    if unknown := set(wanted) - set(found):
        raise Stopped(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(found)}."
        )
    with servers.held(environment.missing_servers()):
        env = environment.complete()
        statuses = [_status_of(name, env) for name in wanted]
    return int(any(statuses))


def _status_of(name: str, env: dict[str, str]) -> int:
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
