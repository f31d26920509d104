"""`make bench`: every benchmark once; each prints one JSON object a line, and docs/performance.md follows."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from config.launcher import environment, performance, servers
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
    performance.write(performance.remember([]))
    return int(any(statuses))


def _status_of(name: str, env: dict[str, str]) -> int:
    """Pass on what it prints, as it prints it, and remember the lines."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    load, lines = os.getloadavg()[0], []
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as running:
        for text in running.stdout or ():
            print(text, end="", flush=True)
            lines.append(performance.stamp(json.loads(text), load))
    performance.remember(lines)
    return running.returncode


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
