"""The register as it is handed out: whole agreements, without what the reader may not see, and conflicts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.tenancy import Actor
from contracts.drafts import AgreementDraft, SourceDraft
from contracts.models import Agreement
from contracts.selectors.agreements import bought_by, readable, with_care
from contracts.selectors.drafts import drafts_of
from contracts.selectors.usable import readers_of
from contracts.terms import Reader, visible_to

MOST = 5000
"""Agreements in one answer."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which agreements: of a buyer, a seller (organisation number), a care, a state; all without."""

    buyer: str = ""
    seller: str = ""
    care: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class HandedOut:
    """An agreement as a reader may see it."""

    id: UUID
    state: str
    replaces: UUID | None
    synthetic: bool
    hidden: tuple[str, ...]
    """Terms left out because they are confidential to this reader."""
    conflicts: tuple[str, ...]
    """Fields that two sources say different things about, as `field` or `lot: field`."""
    draft: AgreementDraft


def handed_out(
    wanted: Wanted, *, by: Actor | None, after: UUID | None = None, most: int = MOST
) -> list[HandedOut]:
    """The agreements that the actor may know of, by id, from after one on; at most so many."""
    rows = list(_wanted(wanted, after).filter(readable(by))[:most])
    drafts = drafts_of([row.id for row in rows])
    readers = readers_of(by, drafts)
    return [_for_reader(row, drafts[row.id], readers[row.id]) for row in rows]


def without_hidden(draft: AgreementDraft, reader: Reader) -> tuple[AgreementDraft, tuple[str, ...]]:
    """The draft without the terms that the reader may not see, and the names of those."""
    shows = visible_to(reader, draft.confidentiality)
    hidden = tuple(term for term, _ in draft.confidentiality if not shows(term))
    own = {"reference": "", "options": (), "sources": ()}
    parts = {"prices": (), "caps": ()}
    cut = {name: empty for name, empty in parts.items() if name in hidden}
    changed = {name: empty for name, empty in own.items() if name in hidden}
    lots = tuple(replace(lot, **cut) for lot in draft.lots)  # type: ignore[arg-type]
    return replace(draft, lots=lots, **changed), hidden  # type: ignore[arg-type]


def conflicts(sources: Iterable[SourceDraft]) -> tuple[str, ...]:
    """The fields of which two documents say different things; which is right, nobody decides here."""
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source in sources:
        said[source.lot, source.field].add(source.says.strip().casefold())
    named = sorted(where for where, what in said.items() if len(what) > 1)
    return tuple(f"{lot}: {field}" if lot else field for lot, field in named)


def _wanted(wanted: Wanted, after: UUID | None) -> QuerySet[Agreement]:
    narrowed = Q()
    if wanted.buyer:
        narrowed &= bought_by(wanted.buyer)
    if wanted.seller:
        narrowed &= Q(seller__organisation_number=wanted.seller)
    if wanted.care:
        narrowed &= with_care(wanted.care)
    if wanted.state:
        narrowed &= Q(state=wanted.state)
    if after is not None:
        narrowed &= Q(id__gt=after)
    return Agreement.objects.filter(narrowed).order_by("id")


def _for_reader(row: Agreement, draft: AgreementDraft, reader: Reader) -> HandedOut:
    seen, hidden = without_hidden(draft, reader)
    return HandedOut(
        id=row.id,
        state=row.state,
        replaces=row.replaces_id,
        synthetic=row.synthetic,
        hidden=hidden,
        conflicts=conflicts(seen.sources),
        draft=seen,
    )
