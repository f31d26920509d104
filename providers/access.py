"""May this person act for this clinic?"""

from uuid import UUID

from accounts.access import access_permission
from accounts.errors import NotAllowed, NotFound
from accounts.roles import Permission
from accounts.tenancy import Actor
from providers.models import Clinic


def access_clinic(clinic_id: UUID, *, by: Actor | None) -> Clinic:
    """The clinic, whose capacity the actor may publish; raises NotFound, LoginRequired or NotAllowed."""
    actor = access_permission(by, Permission.PUBLISH)
    clinic = Clinic.objects.select_related("municipality__region").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    require_own(clinic, by=actor)
    return clinic


def require_own(clinic: Clinic, *, by: Actor) -> None:
    """Raises NotAllowed unless the actor publishes for the clinic's own tenant."""
    require_publisher(clinic.tenant_id, by=by)


def require_publisher(tenant: UUID, *, by: Actor) -> None:
    """Raises NotAllowed unless the actor publishes for the tenant."""
    if not by.may_in(tenant, Permission.PUBLISH):
        raise NotAllowed(permission=Permission.PUBLISH.value)


def publishes_for(clinic: Clinic, *, by: Actor | None) -> bool:
    """Whether somebody publishes for the clinic's tenant."""
    return by is not None and by.may_in(clinic.tenant_id, Permission.PUBLISH)
