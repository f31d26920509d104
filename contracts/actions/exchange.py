"""Takes in files of agreements: each is created, is there already, or is refused with a code and a field."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.access import access_permission
from accounts.actions.trail import record
from accounts.errors import NotAllowed, NotFound, Refusal
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.actions.agreements import create_agreement
from contracts.drafts import AgreementDraft, Fault, differences
from contracts.errors import UnfitAgreement, UnreadableAgreements
from contracts.exchange.sheets import read_csv
from contracts.exchange.structured import ReadAgreement, Unreadable, read_json
from contracts.models import Agreement
from contracts.selectors.drafts import drafts_of

LARGEST = 10_000_000
"""Characters of a file."""
MOST = 5_000
"""Agreements of a file."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of one row: created, unchanged, or refused with a code and the field."""

    row: int
    reference: str
    outcome: str
    code: str = ""
    field: str = ""
    agreement: UUID | None = None


class _TakenBack(Exception):
    """A trial is rolled back with what it wrote."""


def import_agreements(
    *, by: Actor, text: str, form: str, now: datetime, dry_run: bool = False
) -> tuple[Fate, ...]:
    """Create the agreements of a file (`form` json or csv) that are not there yet; a fate for each row.

    An agreement is known by its keeper and reference: the same one is `unchanged`, another one of that
    reference is refused as `differs`: what is there is edited or amended, never imported over. Each stands
    or falls by itself; with `dry_run` nothing is kept. Raises NotAllowed or UnreadableAgreements.
    """
    actor = access_permission(by, Permission.EDIT_AGREEMENTS)
    read = _read(text, form)
    fates: list[Fate] = []
    seen: set[str] = set()
    try:
        with transaction.atomic():
            for one in read:
                fates += _fates(one, seen, form, by=actor, now=now)
            made = len({fate.agreement for fate in fates if fate.outcome == "created"})
            if made:
                record("agreements.imported", form, by=actor, now=now, created=made)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        fates = [replace(fate, agreement=None) for fate in fates]
    return tuple(sorted(fates, key=lambda fate: fate.row))


def _read(text: str, form: str) -> tuple[ReadAgreement, ...]:
    if len(text) > LARGEST:
        raise UnreadableAgreements(because="too_large", field="")
    try:
        read = read_csv(text) if form == "csv" else read_json(text)
    except Unreadable as error:
        raise UnreadableAgreements(because=error.fault.code, field=error.fault.field) from error
    if len(read) > MOST:
        raise UnreadableAgreements(because="too_many", field="")
    return read


def _fates(
    one: ReadAgreement, seen: set[str], form: str, *, by: Actor, now: datetime
) -> Iterable[Fate]:
    reference = one.draft.reference if one.draft else ""
    agreement, fault = None, one.fault
    if one.draft is not None:
        agreement, fault = _known(one.draft, seen, form, by=by)
    outcome = "refused" if fault else "unchanged"
    if one.draft is not None and agreement is None and fault is None:
        agreement, fault = _created(one.draft, by=by, now=now)
        outcome = "refused" if fault else "created"
    said = fault or Fault("", "")
    return [
        Fate(
            row=row,
            reference=reference,
            outcome=outcome,
            code=said.code,
            field=said.field,
            agreement=agreement,
        )
        for row in one.rows
    ]


def _known(
    draft: AgreementDraft, seen: set[str], form: str, *, by: Actor
) -> tuple[UUID | None, Fault | None]:
    """The version of that reference that says the same, else the latest one and what it differs in."""
    if not draft.reference:
        return None, Fault("missing", "reference")
    mine = by.tenants_where(Permission.EDIT_AGREEMENTS)
    kept = Agreement.objects.filter(reference=draft.reference, tenant_id__in=mine)
    latest_first = kept.order_by("-recorded_at").values_list("id", flat=True)
    changed = {id_: _changed(there, draft, form) for id_, there in drafts_of(latest_first).items()}
    same = next(
        (id_ for id_, fields in changed.items() if not fields and str(id_) not in seen), None
    )
    if same is not None:
        seen |= {draft.reference, str(same)}
        return same, None
    if draft.reference in seen:
        return None, Fault("stands_twice", "reference")
    seen.add(draft.reference)
    latest = next(iter(latest_first), None)
    return latest, Fault("differs", changed[latest][0]) if latest else None


def _changed(there: AgreementDraft, draft: AgreementDraft, form: str) -> list[str]:
    given = replace(draft, sources=there.sources) if form == "csv" else draft
    return [one.field for one in differences(there, given)]


def _created(
    draft: AgreementDraft, *, by: Actor, now: datetime
) -> tuple[UUID | None, Fault | None]:
    try:
        return create_agreement(by=by, draft=draft, now=now), None
    except UnfitAgreement as refusal:
        code, field = refusal.data["faults"][0]
        return None, Fault(code, field)
    except (NotAllowed, NotFound) as refusal:
        return None, Fault(refusal.code, "party" if draft.party else "buyers")
    except Refusal as refusal:
        return None, Fault(refusal.code, "party")
