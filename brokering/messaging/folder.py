"""The demo's carrier: nothing leaves the machine, each message becomes a file that its receiver can read."""

from pathlib import Path
from uuid import UUID

from brokering.messaging.carriers import Addressed, Delivered, Outcome, Postponed, Text


class FolderCarrier:
    """Writes into a folder, one file a message, named by the message alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Addressed, text: Text) -> Outcome:
        """Delivered once it lies there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = _file(self._folder, message.id)
            fresh = path.with_suffix(".new")
            fresh.write_text(f"{text.subject}\n\n{text.body}", "utf-8")
            fresh.rename(path)
        except OSError:
            return Postponed("folder_unwritable")
        return Delivered()

    def close(self) -> None:
        """Nothing is kept open."""


def written(folder: Path, message: UUID) -> str | None:
    """What was written as a message; None where there is no such file."""
    try:
        return _file(folder, message).read_text("utf-8")
    except OSError:
        return None


def _file(folder: Path, message: UUID) -> Path:
    return folder / f"{message}.txt"
