"""Who may sign agreements for regions."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.models import Party


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A party and the regions that it signs for: codes, and names in the same order."""

    id: UUID
    kind: str
    name: str
    organisation_number: str
    transfer_reference: str
    """The decision that gave a kommunalförbund its authority; empty for a region."""
    members: tuple[str, ...]
    member_names: tuple[str, ...]
    synthetic: bool


def signers(kinds: Iterable[str] = Party.Kind.values) -> tuple[Signer, ...]:
    """Everyone who may sign, by name."""
    rows = Party.objects.filter(kind__in=list(kinds)).prefetch_related("members")
    return tuple(_signer(row) for row in rows.order_by("name", "id"))


def is_registered(organisation_number: str) -> bool:
    """Whether somebody who signs has that number already."""
    return Party.objects.filter(organisation_number=organisation_number).exists()


def _signer(row: Party) -> Signer:
    members = sorted(row.members.all(), key=lambda region: region.code)
    return Signer(
        id=row.id,
        kind=row.kind,
        name=row.name,
        organisation_number=row.organisation_number,
        transfer_reference=row.transfer_reference,
        members=tuple(region.code for region in members),
        member_names=tuple(region.name for region in members),
        synthetic=row.synthetic,
    )
