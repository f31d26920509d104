"""File locks of the operating system: they end with the process, so nothing about them can be stale."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from config.launcher.places import data_folder, made

if TYPE_CHECKING:
    from types import TracebackType


class Lock:
    """One named lock below the data folder."""

    def __init__(self, name: str) -> None:
        folder = made(data_folder() / "run")
        self._file = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Take it alone, if nobody has it; answers whether that worked."""
        return self._flock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def wait(self) -> None:
        """Take it alone, waiting for others to let go."""
        self._flock(fcntl.LOCK_EX)

    def share(self) -> None:
        """Take it together with others, waiting while somebody has it alone."""
        self._flock(fcntl.LOCK_SH)

    def is_held(self) -> bool:
        """Whether another process has it alone."""
        if self._flock(fcntl.LOCK_SH | fcntl.LOCK_NB):
            self._flock(fcntl.LOCK_UN)
            return False
        return True

    def release(self) -> None:
        """Let go; the file stays, it says nothing by itself."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _flock(self, operation: int) -> bool:
        try:
            fcntl.flock(self._file, operation)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
