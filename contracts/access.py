"""May this person decide on this region's rules?"""

from accounts.access import access_permission
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from contracts.models import ReferralRule, RuleCompleteness
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


def edits(region: Region, *, by: Actor | None) -> bool:
    """Whether the actor edits the region's rules: what a page offers follows from it."""
    return by is not None and by.may(Permission.EDIT_RULES) and region.tenant_id in by.tenants


def _require_own(region: Region, *, by: Actor) -> None:
    if not edits(region, by=by):
        raise NotAllowed(permission=Permission.EDIT_RULES.value)
