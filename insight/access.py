"""May this person read a clinic's own figures, or the plan for regions?"""

from uuid import UUID

from accounts.access import access_permission
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from providers.models import Clinic

LEDGER = (Permission.RUN_ROUND, Permission.READ_ACCESS_LOG)


def access_figures(clinic_id: UUID, *, by: Actor | None) -> Clinic:
    """The clinic, for those who decide on its capacity: its staff, and its region if that runs it.

    Raises LoginRequired, NotFound or NotAllowed.
    """
    actor = access_permission(by, Permission.DECIDE_CAPACITY)
    clinic = Clinic.objects.select_related("municipality__region").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    if not actor.may_in(clinic.tenant_id, Permission.DECIDE_CAPACITY):
        raise NotAllowed(permission=Permission.DECIDE_CAPACITY.value)
    return clinic


def access_planning(by: Actor | None) -> Actor:
    """Those who decide on capacity anywhere; the plan names no person and shows no small number.

    Raises LoginRequired or NotAllowed.
    """
    return access_permission(by, Permission.DECIDE_CAPACITY)


def access_ledger(by: Actor | None) -> Actor:
    """Those who run rounds or review what was done; each sees what their regions answer for.

    Raises LoginRequired or NotAllowed.
    """
    return access_permission(by, *LEDGER)


def ledger_tenants(by: Actor) -> frozenset[UUID]:
    """The tenants in which somebody may read the ledger."""
    return frozenset().union(*(by.tenants_where(one) for one in LEDGER))
