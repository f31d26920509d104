"""`with COMMAND …`: runs a command while the servers are up, psql at hand; alone, until Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys

from config.launcher import environment, postgres, servers
from config.launcher.errors import told
from config.launcher.steps import say


def main(argv: list[str]) -> int:
    """Exit status of the command."""
    missing = environment.missing_servers()
    with servers.held(missing):
        values = environment.complete()
        if "postgres" in missing:
            values["PATH"] = f"{values['PATH']}:{postgres.programs()}"
        if argv:
            return subprocess.run(argv, env=values, check=False).returncode
        environment.main([])
        say("# The servers run until Ctrl-C.")
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
