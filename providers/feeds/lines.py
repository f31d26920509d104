"""Lines of a file on disk, met from either end, each within a length; a long one costs no memory."""

from array import array
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from providers.feeds.faults import FeedProblem, Problem

LONGEST_LINE = 1 << 16
BOM = b"\xef\xbb\xbf"


class Lines:
    """The lines of a file; raises FeedProblem when there are more than `most`.

    The last line may lack its newline. A line longer than `longest` bytes is met as None.
    """

    def __init__(self, path: Path, *, most: int, longest: int = LONGEST_LINE) -> None:
        self.path, self.longest = path, longest
        self._starts = array("Q", [0])
        with path.open("rb") as file:
            while read := file.readline(longest + 1):
                if read.endswith(b"\n"):
                    self._starts.append(file.tell())
                    if len(self._starts) > most + 1:
                        raise FeedProblem(Problem.TOO_MANY_LINES)
            if file.tell() != self._starts[-1]:
                self._starts.append(file.tell())

    def __len__(self) -> int:
        return len(self._starts) - 1

    def forwards(self) -> Iterator[tuple[int, bytes | None]]:
        """Every line that is not blank, with its number from 1."""
        return self._met(range(len(self)))

    def backwards(self) -> Iterator[tuple[int, bytes | None]]:
        """The same from the end: what stands later is met first."""
        return self._met(range(len(self) - 1, -1, -1))

    def _met(self, order: range) -> Iterator[tuple[int, bytes | None]]:
        if not order:
            return
        with (
            self.path.open("rb") as file,
            mmap(file.fileno(), 0, access=ACCESS_READ) as content,
        ):
            for at in order:
                start, end = self._starts[at], self._starts[at + 1]
                if end - start > self.longest + 1:
                    yield at + 1, None
                    continue
                line = content[start:end].removeprefix(BOM if at == 0 else b"").strip()
                if line:
                    yield at + 1, line
