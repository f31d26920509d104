"""Who may sign agreements: the regions, as shipped, and kommunalförbund that act for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Model

from accounts.actions.trail import record
from accounts.errors import Invalid
from accounts.tenancy import Actor
from contracts.access import access_buyer
from contracts.drafts import names_an_area
from contracts.errors import AuthorityNotCited, NotALegalPerson
from contracts.models import Party
from contracts.reference import party_of_region
from contracts.selectors.drafts import cooperation_areas
from providers.actions.reference import OWNER, Tally, note, settle
from providers.codes import BadCode, OrganisationNumber
from providers.models import Region

KINDS = frozenset(Party.Kind.values)
TWO = 2


@dataclass(frozen=True, kw_only=True)
class NewParty:
    """Somebody who signs for regions; `kind` is a Party.Kind, or what somebody took for one."""

    kind: str
    name: str
    organisation_number: str
    members: Sequence[str]
    transfer_reference: str = ""


@transaction.atomic
def register_party(*, by: Actor, party: NewParty, now: datetime) -> UUID:
    """Register a kommunalförbund that signs for regions; kept by the first member's tenant. Its id.

    Raises NotAllowed (the actor edits agreements for the first member), NotALegalPerson for a
    samverkansregion, AuthorityNotCited without the members' decision or with fewer than two members, Invalid
    for a member that is no region, and for a number that is known already or is no organisation number.
    """
    if party.kind not in KINDS or names_an_area(party.name, cooperation_areas()):
        raise NotALegalPerson(name=party.name)
    members = list(Region.objects.filter(code__in=party.members))
    if missing := set(party.members) - {region.code for region in members}:
        raise Invalid(fields={"members": [f"There is no region {sorted(missing)[0]!r}."]})
    cited = bool(party.transfer_reference.strip())
    if party.kind != Party.Kind.MUNICIPAL_FEDERATION or not cited or len(members) < TWO:
        raise AuthorityNotCited
    _refuse_number(party.organisation_number)
    keeper = access_buyer(party.members[0], by=by)
    row = _registered(party, keeper.tenant_id)
    row.members.set(members)
    record("party.registered", row.id, by=by, now=now, members=sorted(party.members))
    return row.id


def _registered(party: NewParty, keeper: UUID) -> Party:
    """Two who register the same at once: the unique number decides."""
    row, new = Party.objects.get_or_create(
        organisation_number=party.organisation_number,
        defaults={
            "id": uuid4(),
            "kind": party.kind,
            "name": party.name.strip(),
            "transfer_reference": party.transfer_reference.strip(),
            "tenant_id": keeper,
        },
    )
    if not new:
        raise Invalid(fields={"organisation_number": ["It is registered already."]})
    return row


def _refuse_number(text: str) -> None:
    """A kommunalförbund is a Swedish legal person."""
    try:
        OrganisationNumber(text)
    except BadCode as bad:
        raise Invalid(fields={"organisation_number": [str(bad)]}) from bad


def load_parties(*, by: Actor, now: datetime) -> tuple[Tally, ...]:
    """Every region that is loaded is a party of its own; running it again changes nothing."""
    with transaction.atomic(using=OWNER):
        members = Party.members.through
        tallies = (
            settle(Party, _parties(), key=("id",)),
            settle(members, _members(), key=("party_id", "region_id")),
        )
        note("parties.loaded", tallies, by=by, now=now)
    return tallies


def _parties() -> Iterator[Party]:
    for region in Region.objects.using(OWNER).order_by("code"):
        yield Party(
            id=party_of_region(region.code),
            kind=Party.Kind.REGION,
            name=region.name,
            organisation_number=region.organisation_number,
            tenant_id=region.tenant_id,
        )


def _members() -> Iterator[Model]:
    for code in Region.objects.using(OWNER).order_by("code").values_list("code", flat=True):
        yield Party.members.through(party_id=party_of_region(code), region_id=code)
