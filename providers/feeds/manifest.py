"""The manifest of a publication: SMART Scheduling Links and Bulk Data `$bulk-publish`, one page at a time."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from providers.feeds.faults import FeedProblem, Problem

READ = ("Location", "Schedule", "Slot")
"""The types that are read; files of other types are left where they are."""
END_OF_CHAIN = ("#pending", "#closed")


@dataclass(frozen=True)
class File:
    """A file that the manifest names, of resources of one type."""

    type: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a manifest: its files in order, what they delete afterwards, and where it goes on."""

    files: tuple[File, ...]
    deleted: tuple[str, ...]
    further: str = ""


def read_page(content: bytes, url: str) -> Page:
    """The page that `url` answered; raises FeedProblem when it is no manifest or asks for a login."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FeedProblem(Problem.NOT_A_MANIFEST) from error
    if not isinstance(told, dict) or not isinstance(told.get("transactionTime"), str):
        raise FeedProblem(Problem.NOT_A_MANIFEST)
    if not isinstance(told.get("output"), list):
        raise FeedProblem(Problem.NOT_A_MANIFEST)
    if told.get("requiresAccessToken") is True:
        raise FeedProblem(Problem.NEEDS_LOGIN)
    return Page(
        files=tuple(_files(told["output"], url)),
        deleted=tuple(_deleted(told.get("deleted"), url)),
        further=_further(told.get("link"), url),
    )


def _files(output: list[Any], url: str) -> list[File]:
    """The files in order, each once; a block that continues in a file not listed brings it in."""
    found: dict[str, File] = {}
    for one in output:
        if not isinstance(one, dict) or one.get("type") not in READ:
            continue
        for named in (one.get("url"), one.get("continuesInFile")):
            if isinstance(named, str) and named:
                where = urljoin(url, named)
                found.setdefault(where, File(one["type"], where))
    return list(found.values())


def _deleted(deleted: Any, url: str) -> list[str]:
    listed = deleted if isinstance(deleted, list) else []
    named = (one.get("url") for one in listed if isinstance(one, dict))
    return [urljoin(url, one) for one in named if isinstance(one, str) and one]


def _further(link: Any, url: str) -> str:
    """Where the next page is; empty at the end of the chain."""
    for one in link if isinstance(link, list) else [link]:
        if isinstance(one, dict) and one.get("relation") == "next":
            to = one.get("url")
            if isinstance(to, str) and to and not to.endswith(END_OF_CHAIN):
                return urljoin(url, to)
    return ""
