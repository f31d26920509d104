"""One agreement in full, as far as the reader may see it, and the life that it has had."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import Event
from accounts.tenancy import Actor
from contracts.drafts import AgreementDraft, Difference, LotDraft, SourceDraft, differences
from contracts.lifecycle import AgreementState, Kind, first_day_to_sign, kind_of
from contracts.models import Adoption, Agreement, Lot, OptionStep
from contracts.selectors.agreements import AgreementCard, LotCard, agreement, readable
from contracts.selectors.drafts import drafts_of
from contracts.selectors.usable import readers_of
from contracts.terms import DAY, visible_to

REMINDERS = ("expires", "option_due")
"""What the clock says of an agreement; nothing has been done with it."""
DAYS = ("on", "valid_to")
"""What is a day in the data of an event."""


@dataclass(frozen=True, kw_only=True)
class Standstill:
    """Avtalsspärr of a lot: when the award was sent, and the first day on which anybody may sign."""

    sent_on: date
    first_day: date | None
    """None where no rule is known for the day of sending."""
    days_left: int
    """Days until then; 0 once it is over."""


@dataclass(frozen=True, kw_only=True)
class LotPage:
    """A lot: what is used of it, what is agreed, and its standstill where an award has been sent."""

    card: LotCard
    draft: LotDraft
    standstill: Standstill | None


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """What a document says of a term; `conflict`: another document says something else."""

    source: SourceDraft
    conflict: bool


@dataclass(frozen=True, kw_only=True)
class AgreementPage:
    """An agreement with everything in it; what `hides` names is left to the template to keep back."""

    card: AgreementCard
    draft: AgreementDraft
    state: AgreementState
    kind: Kind
    tenant: UUID
    party: str
    synthetic: bool
    signed_by_party_on: date | None
    signed_by_seller_on: date | None
    lots: tuple[LotPage, ...]
    options: tuple[OptionStep, ...]
    adoptions: tuple[Adoption, ...]
    undecided: tuple[str, ...]
    """Codes of the buyers that have not adopted a joint agreement, apart from who signs it."""
    sources: tuple[SourceLine, ...]
    followed_by: UUID | None
    """The version that takes over after this one."""
    hides: Mapping[str, str]
    """Term that this reader may not see → who may (regions, parties)."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that was done with an agreement: the verb of its event and what it was about."""

    verb: str
    at: datetime
    by: str
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class AgreementVersion:
    """One version, what it changed against the one before, and what has been done with it."""

    id: UUID
    standing_from: date
    standing_to: date | None
    recorded_at: datetime
    recorded_by: str
    """Empty for rows that were shipped with the product."""
    differences: tuple[Difference, ...]
    deeds: tuple[Deed, ...]


def agreement_page(agreement_id: UUID, *, by: Actor | None, on: date) -> AgreementPage | None:
    """The agreement as it stands on a day; None where there is none that the reader may know of."""
    rows = Agreement.objects.filter(readable(by), id=agreement_id).select_related("party")
    row = rows.first()
    card = agreement(agreement_id, on=on) if row else None
    if row is None or card is None:
        return None
    draft = drafts_of([row.id])[row.id]
    adoptions = tuple(row.adoptions.select_related("region").order_by("adopted_on", "region"))
    return AgreementPage(
        card=card,
        draft=draft,
        state=AgreementState(row.state),
        kind=kind_of(row.regime, row.cooperation),
        tenant=row.tenant_id,
        party=row.party.name if row.party else "",
        synthetic=row.synthetic,
        signed_by_party_on=row.signed_by_party_on,
        signed_by_seller_on=row.signed_by_seller_on,
        lots=_lots(row, card, draft, on),
        options=tuple(row.options.all()),
        adoptions=adoptions,
        undecided=_undecided(row, adoptions),
        sources=_sources(draft.sources),
        followed_by=Agreement.objects.filter(replaces=row).values_list("id", flat=True).first(),
        hides=_hides(row, draft, by),
    )


def agreement_history(agreement_id: UUID, *, by: Actor | None) -> list[AgreementVersion]:
    """Every version of an agreement that the reader may know of, the latest first."""
    chain = _chain(agreement_id, by)
    drafts = drafts_of([row.id for row in chain])
    deeds = _deeds([row.id for row in chain])
    versions = [
        AgreementVersion(
            id=row.id,
            standing_from=row.valid_from,
            standing_to=row.valid_to,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by.get_full_name() if row.recorded_by else "",
            differences=_differences(drafts, row),
            deeds=deeds[str(row.id)],
        )
        for row in chain
    ]
    return versions[::-1]


def _hides(row: Agreement, draft: AgreementDraft, by: Actor | None) -> dict[str, str]:
    reader = readers_of(by, [row.id])[row.id]
    shows = visible_to(reader, draft.confidentiality)
    return {term: level for term, level in draft.confidentiality if not shows(term)}


def _lots(
    row: Agreement, card: AgreementCard, draft: AgreementDraft, on: date
) -> tuple[LotPage, ...]:
    drafted = {lot.name: lot for lot in draft.lots}
    stored = {lot.id: lot for lot in row.lots.all()}
    return tuple(
        LotPage(card=lot, draft=drafted[lot.name], standstill=_standstill(stored[lot.id], on))
        for lot in card.lots
    )


def _standstill(lot: Lot, on: date) -> Standstill | None:
    sent = lot.award_notified_on
    if sent is None:
        return None
    first = first_day_to_sign(sent, electronic=lot.notified_electronically)
    return Standstill(
        sent_on=sent, first_day=first, days_left=max((first - on).days, 0) if first else 0
    )


def _undecided(row: Agreement, adoptions: Iterable[Adoption]) -> tuple[str, ...]:
    if row.cooperation != Agreement.Cooperation.JOINT:
        return ()
    bound = {adoption.region_id for adoption in adoptions}
    if row.party:
        bound |= set(row.party.members.values_list("code", flat=True))
    codes = row.buyers.values_list("code", flat=True)
    return tuple(code for code in codes if code not in bound)


def _sources(sources: Iterable[SourceDraft]) -> tuple[SourceLine, ...]:
    listed = list(sources)
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in listed:
        said[one.lot, one.field].add(one.says.strip().casefold())
    return tuple(SourceLine(source=x, conflict=len(said[x.lot, x.field]) > 1) for x in listed)


def _chain(agreement_id: UUID, by: Actor | None) -> list[Agreement]:
    """The versions that replaced one another, the first one first; one query a version."""
    rows = Agreement.objects.filter(readable(by)).select_related("recorded_by")
    found = rows.filter(id=agreement_id).first()
    chain = [found] if found else []
    while chain and chain[0].replaces_id:
        earlier = rows.filter(id=chain[0].replaces_id).first()
        if earlier is None:
            break
        chain.insert(0, earlier)
    while chain and (later := rows.filter(replaces=chain[-1]).first()):
        chain.append(later)
    return chain


def _differences(drafts: Mapping[UUID, AgreementDraft], row: Agreement) -> tuple[Difference, ...]:
    """What a version says otherwise; that the one before ended when this one began, its days tell."""
    before, after = drafts.get(row.replaces_id or row.id), drafts[row.id]
    if before is None or not row.replaces_id:
        return ()
    same_end = before.valid_to == after.valid_from - DAY
    told = {"valid_from", "valid_to"} if same_end else {"valid_from"}
    return tuple(one for one in differences(before, after) if one.field not in told)


def _deeds(ids: Iterable[UUID]) -> defaultdict[str, tuple[Deed, ...]]:
    named = [str(one) for one in ids]
    events = Event.objects.filter(noun="agreement", noun_id__in=named).exclude(verb__in=REMINDERS)
    found: defaultdict[str, tuple[Deed, ...]] = defaultdict(tuple)
    for event in events.select_related("actor").order_by("-id"):
        days = {name: date.fromisoformat(event.data[name]) for name in DAYS if name in event.data}
        by = event.actor.get_full_name()
        deed = Deed(verb=event.verb, at=event.at, by=by, data=event.data | days)
        found[event.noun_id] = (*found[event.noun_id], deed)
    return found
