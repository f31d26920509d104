"""What can be wrong with a feed as a whole, and with one line of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Problem(StrEnum):
    """Why a poll brought nothing: what was fetched before stays, and grows older."""

    ADDRESS_UNREADABLE = "address_unreadable"
    ADDRESS_HAS_LOGIN = "address_has_login"
    ADDRESS_NOT_OPEN = "address_not_open"  # private, local, metadata: not on the open net
    ADDRESS_UNKNOWN = "address_unknown"
    PORT_NOT_ALLOWED = "port_not_allowed"
    NO_ANSWER = "no_answer"
    CUT_OFF = "cut_off"
    NOT_THERE = "not_there"
    NEEDS_LOGIN = "needs_login"
    SOURCE_BUSY = "source_busy"
    SOURCE_FAULT = "source_fault"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    TOO_MANY_FILES = "too_many_files"
    TOO_MANY_LINES = "too_many_lines"
    TOO_MANY_TIMES = "too_many_times"
    TOOK_TOO_LONG = "took_too_long"
    WRONG_CONTENT = "wrong_content"
    NOT_A_MANIFEST = "not_a_manifest"
    NOT_A_CALENDAR = "not_a_calendar"
    NOTHING_READABLE = "nothing_readable"


class BadLine(StrEnum):
    """Why one line was left out; the others go on."""

    LINE_TOO_LONG = "line_too_long"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    OTHER_RESOURCE = "other_resource"
    ID_INVALID = "id_invalid"
    LOCATION_UNKNOWN = "location_unknown"
    SCHEDULE_UNKNOWN = "schedule_unknown"
    CARE_UNKNOWN = "care_unknown"
    STATUS_UNKNOWN = "status_unknown"
    CAPACITY_INVALID = "capacity_invalid"
    TIME_UNREADABLE = "time_unreadable"
    TIME_WITHOUT_ZONE = "time_without_zone"
    TIME_OUT_OF_ORDER = "time_out_of_order"
    WHOLE_DAY = "whole_day"
    RULE_UNREADABLE = "rule_unreadable"
    DELETE_UNREADABLE = "delete_unreadable"


class FeedProblem(Exception):
    """A poll that brought nothing; `code` says why, `wait` how many seconds the source asked us to wait."""

    def __init__(self, code: Problem, *, wait: int = 0) -> None:
        self.code, self.wait = code, wait
        super().__init__(code.value)


class LineFault(Exception):
    """One line cannot be read; `code` says why."""

    def __init__(self, code: BadLine) -> None:
        self.code = code
        super().__init__(code.value)


SHOWN = 100
"""How many bad lines are kept to be shown."""


@dataclass
class Faults:
    """The bad lines of one poll: how many of each kind, and the first of them by file and line from 1."""

    counts: dict[str, int] = field(default_factory=dict)
    _found: list[tuple[int, int, str]] = field(default_factory=list)
    _files: dict[str, int] = field(default_factory=dict)

    def add(self, file: str, line: int, code: BadLine) -> None:
        """Note one bad line."""
        self.counts[code.value] = self.counts.get(code.value, 0) + 1
        number = self._files.setdefault(file, len(self._files))
        self._found.append((number, line, code.value))
        if len(self._found) > 4 * SHOWN:
            self._found = sorted(self._found)[:SHOWN]

    @property
    def total(self) -> int:
        """How many lines were bad."""
        return sum(self.counts.values())

    def first(self) -> list[dict[str, str | int]]:
        """The first bad lines, file by file in the order in which the files were met."""
        names = list(self._files)
        return [
            {"file": names[number], "line": line, "code": code}
            for number, line, code in sorted(self._found)[:SHOWN]
        ]
