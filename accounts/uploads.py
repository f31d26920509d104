"""Files that people send are streamed to disk, and only so much of them."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedUpload(TemporaryFileUploadHandler):
    """Stores no more of a file than `settings.FILE_BYTES_MAX` and one byte, so that its reader can tell.

    What comes after is read and thrown away: a connection that is cut off shows the sender no reason.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A new file in the request begins."""
        super().new_file(*args, **kwargs)
        self.stored = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Store what there is room for."""
        room = settings.FILE_BYTES_MAX + 1 - self.stored
        kept = raw_data[: max(room, 0)]
        self.stored += len(kept)
        if kept:
            super().receive_data_chunk(kept, start)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """The file, as large as what was stored."""
        return super().file_complete(self.stored)
