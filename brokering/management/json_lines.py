"""JSON lines in, JSON lines out: one answer a line, in order; exit status 2 when a line could not be read."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from brokering.law.errors import QuestionError

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def answer_standard_input(answer: Answer) -> None:
    """Answer every line of standard input on standard output; exits with 2 if one could not be read."""
    is_unread = False
    for line in lines(sys.stdin.buffer):
        told, is_error = answered(line, answer)
        is_unread = is_unread or is_error
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
    if is_unread:
        sys.exit(2)


def lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream without blank ones; a byte order mark is passed over."""
    for line in stream:
        stripped = line.removeprefix(b"\xef\xbb\xbf").strip()
        if stripped:
            yield stripped


def answered(line: bytes, answer: Answer) -> tuple[dict[str, Any], bool]:
    """The answer to one line, and whether it is an error."""
    try:
        return answer(parsed(line)), False
    except QuestionError as error:
        return error.as_json(), True


def parsed(line: bytes) -> dict[str, Any]:
    """The JSON object on a line; raises QuestionError `invalid_json`."""
    try:
        data = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise QuestionError("invalid_json", None, str(error)) from error
    if not isinstance(data, dict):
        raise QuestionError("invalid_json", None, "a line must hold one JSON object")
    return data


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")
