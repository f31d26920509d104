"""Fetches everything that one poll of a feed needs; what has not changed is taken from the last time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from providers.feeds.faults import FeedProblem, Problem
from providers.feeds.fetching import Fetched, Fetcher, Version
from providers.feeds.manifest import File, read_page

MOST_FILES = 500
MOST_PAGES = 100
MOST_MANIFEST = 10_000_000
"""Bytes of one page of a manifest."""
NDJSON = "application/fhir+ndjson, application/ndjson;q=0.9, */*;q=0.1"
JSON = "application/json, application/fhir+json;q=0.9, */*;q=0.1"
ICAL = "text/calendar, */*;q=0.1"

Versions = Mapping[str, Mapping[str, object]]
"""By address what the source called the last version, as the feed's row keeps it."""


@dataclass(frozen=True)
class Fresh:
    """A file of the publication as it stands on disk."""

    file: File
    path: Path


@dataclass(kw_only=True)
class Collected:
    """The content of a feed, in the order in which it applies: page by page its files, then its deletions."""

    pages: list[tuple[list[Fresh], list[Path]]] = field(default_factory=list)
    versions: dict[str, dict[str, object]] = field(default_factory=dict)
    unchanged: bool = True
    max_age: int | None = None

    @property
    def paths(self) -> set[Path]:
        """Every file on disk that the content consists of."""
        return {one.path for files, _ in self.pages for one in files} | {
            path for _, deleted in self.pages for path in deleted
        }


@dataclass(kw_only=True)
class Collector:
    """Collects one feed into a folder of its own.

    A file is asked for on condition only when its last version lies in the folder: another machine may have
    polled the last time.
    """

    fetcher: Fetcher
    folder: Path
    versions: Versions
    _found: Collected = field(default_factory=Collected)
    _kept: set[Path] = field(default_factory=set)

    def publication(self, url: str) -> Collected:
        """A SMART or `$bulk-publish` publication, all pages of its manifest; raises FeedProblem."""
        self.folder.mkdir(parents=True, exist_ok=True)
        page_url, pages = url, 0
        while page_url:
            pages += 1
            if pages > MOST_PAGES:
                raise FeedProblem(Problem.TOO_MANY_FILES)
            page_url = self._page(page_url)
        return self._done()

    def calendar(self, url: str) -> Collected:
        """One calendar file; raises FeedProblem."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._found.pages.append(([Fresh(File("VCALENDAR", url), self._fetch(url, ICAL))], []))
        return self._done()

    def _page(self, url: str) -> str:
        path = self._fetch(url, JSON)
        if path.stat().st_size > MOST_MANIFEST:
            raise FeedProblem(Problem.TOO_LARGE)
        page = read_page(path.read_bytes(), url)
        if len(page.files) + len(page.deleted) + len(self._kept) > MOST_FILES:
            raise FeedProblem(Problem.TOO_MANY_FILES)
        files = [Fresh(one, self._fetch(one.url, NDJSON)) for one in page.files]
        self._found.pages.append((files, [self._fetch(one, NDJSON) for one in page.deleted]))
        return page.further

    def _fetch(self, url: str, accept: str) -> Path:
        """The file on disk, fetched or as it was; one that never changes is not even asked for again."""
        known = _version(self.versions.get(url, {}))
        kept = self._place(url, known)
        here = known if known.is_known and kept.exists() else None
        if here is not None and here.immutable:
            return self._note(url, here, kept)
        arriving = self.folder / f"arriving-{sha256(url.encode()).hexdigest()[:40]}"
        fetched = self.fetcher.fetch(url, arriving, accept=accept, known=here)
        if self._found.max_age is None:
            self._found.max_age = fetched.max_age
        if fetched.unchanged:
            return self._note(url, fetched.version, self._moved(kept, url, fetched))
        self._found.unchanged = False
        return self._note(url, fetched.version, self._moved(arriving, url, fetched))

    def _moved(self, path: Path, url: str, fetched: Fetched) -> Path:
        return path.replace(self._place(url, fetched.version))

    def _note(self, url: str, version: Version, path: Path) -> Path:
        self._found.versions[url] = {
            "etag": version.etag,
            "modified": version.modified,
            "immutable": version.immutable,
        }
        self._kept.add(path)
        return path

    def _place(self, url: str, version: Version) -> Path:
        """Where a version of a file lies: another version, another name."""
        named = f"{url}\n{version.etag}\n{version.modified}"
        return self.folder / sha256(named.encode()).hexdigest()[:40]

    def _done(self) -> Collected:
        """The content; what it no longer consists of leaves the disk."""
        for path in self.folder.iterdir():
            if path not in self._kept:
                path.unlink(missing_ok=True)
        return self._found


def _version(told: Mapping[str, object]) -> Version:
    return Version(
        etag=str(told.get("etag") or ""),
        modified=str(told.get("modified") or ""),
        immutable=told.get("immutable") is True,
    )
