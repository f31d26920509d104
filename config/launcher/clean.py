"""`make clean-data`: removes the embedded servers' data, keys, logs and the demo's messages; nothing else."""

from __future__ import annotations

import shutil
import sys

from config.launcher.errors import Stopped, told
from config.launcher.keeper import SERVERS
from config.launcher.locks import Lock
from config.launcher.places import LASTING_TEMPORARY, data_folder, mark
from config.launcher.steps import say

OURS = ("pg*", "valkey*", "keys.json", "log", "beat", "run", "mailbox")
"""VARDBRYGGAN_DATA may name a folder that holds other things too: only these go."""


def main(_argv: list[str]) -> int:
    """Remove the data; raises Stopped while somebody uses them."""
    locks = [Lock("run"), *(Lock(f"{name}-keeper") for name in SERVERS)]
    if not all(lock.take() for lock in locks):
        raise Stopped("Vårdbryggan is running on these data; stop it first (Ctrl-C where it runs).")
    for pattern in OURS:
        for path in data_folder().glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(LASTING_TEMPORARY / f"vardbryggan-{mark()}", ignore_errors=True)
    say(f"The data in {data_folder()} are gone; the next `make run` starts over.")
    return 0


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
