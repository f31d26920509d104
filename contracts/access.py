"""May this person decide on this region's rules and agreements?"""

from uuid import UUID

from accounts.access import access_permission
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.models import Agreement, Designation, Lot, Party, ReferralRule, RuleCompleteness
from providers.models import Region


def access_own_region(code: str, *, by: Actor | None) -> Region:
    """The region, whose rules the actor edits; raises NotFound, LoginRequired or NotAllowed."""
    actor = access_permission(by, Permission.EDIT_RULES)
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise NotFound
    _require_own(region, by=actor)
    return region


def access_own_rule(rule_id: int, *, by: Actor | None) -> ReferralRule:
    """A rule of the actor's own region, with care and region; raises as `access_own_region`."""
    actor = access_permission(by, Permission.EDIT_RULES)
    rule = ReferralRule.objects.select_related("region", "care").filter(id=rule_id).first()
    if rule is None:
        raise NotFound
    _require_own(rule.region, by=actor)
    return rule


def access_own_declaration(declaration_id: int, *, by: Actor | None) -> RuleCompleteness:
    """A declaration of the actor's own region; raises as `access_own_region`."""
    actor = access_permission(by, Permission.EDIT_RULES)
    declared = RuleCompleteness.objects.select_related("region").filter(id=declaration_id).first()
    if declared is None:
        raise NotFound
    _require_own(declared.region, by=actor)
    return declared


def access_own_designation(designation: UUID, *, by: Actor | None) -> Designation:
    """A designation for the actor's own region's patients; raises as `access_own_region`."""
    actor = access_permission(by, Permission.EDIT_RULES)
    row = Designation.objects.select_related("region").filter(id=designation).first()
    if row is None:
        raise NotFound
    if row.region is None:
        raise NotAllowed(permission=Permission.EDIT_RULES.value)
    _require_own(row.region, by=actor)
    return row


def access_to_edit(agreement_id: UUID, *, by: Actor | None) -> Agreement:
    """An agreement of the actor's own region, locked until the transaction ends.

    Raises NotFound, LoginRequired or NotAllowed.
    """
    actor = access_permission(by, Permission.EDIT_AGREEMENTS)
    row = Agreement.objects.filter(id=agreement_id).first()
    if row is None:
        raise NotFound
    _require_keeper(row.tenant_id, by=actor)
    return Agreement.objects.select_for_update(of=("self",)).get(id=agreement_id)


def access_own_lot(lot_id: UUID, *, by: Actor | None) -> Lot:
    """A lot of an agreement that `access_to_edit` gives, whose row it locks; raises the same."""
    actor = access_permission(by, Permission.EDIT_AGREEMENTS)
    lot = Lot.objects.filter(id=lot_id).first()
    if lot is None:
        raise NotFound
    lot.agreement = access_to_edit(lot.agreement_id, by=actor)
    return lot


def access_own_party(organisation_number: str, *, by: Actor | None) -> Party:
    """The party for which the actor keeps agreements; raises NotFound, LoginRequired or NotAllowed."""
    actor = access_permission(by, Permission.EDIT_AGREEMENTS)
    party = Party.objects.filter(organisation_number=organisation_number).first()
    if party is None:
        raise NotFound
    _require_keeper(party.tenant_id, by=actor)
    return party


def access_buyer(code: str, *, by: Actor | None) -> Region:
    """The region for which the actor decides on agreements; raises NotFound, LoginRequired or NotAllowed."""
    actor = access_permission(by, Permission.EDIT_AGREEMENTS)
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise NotFound
    _require_keeper(region.tenant_id, by=actor)
    return region


def keeps(tenant: UUID, *, by: Actor | None) -> bool:
    """Whether the actor edits the agreements that a tenant keeps: what a page offers follows from it."""
    return by is not None and by.may_in(tenant, Permission.EDIT_AGREEMENTS)


def _require_keeper(tenant: UUID, *, by: Actor) -> None:
    if not keeps(tenant, by=by):
        raise NotAllowed(permission=Permission.EDIT_AGREEMENTS.value)


def edits(region: Region, *, by: Actor | None) -> bool:
    """Whether the actor edits the region's rules: what a page offers follows from it."""
    return by is not None and by.may(Permission.EDIT_RULES) and region.tenant_id in by.tenants


def _require_own(region: Region, *, by: Actor) -> None:
    if not edits(region, by=by):
        raise NotAllowed(permission=Permission.EDIT_RULES.value)
