"""What scheduled work has to look at: tenants, cares with someone waiting, offers and holds that ran out."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import connections
from django.db.models import Q

from accounts.database.prepared import Asked, Prepared, any_of
from accounts.models import Membership, Tenant
from accounts.roles import Role
from brokering.models import Booking, Offer
from brokering.selectors.alternatives import free_anywhere
from brokering.selectors.need_profiles import MATCHER
from brokering.states import ApprovalState, BookingState, OfferState
from providers.models import Region, Slot


def region_tenants() -> list[UUID]:
    """Every region's tenant, in a fixed order."""
    rows = Tenant.objects.filter(kind=Tenant.Kind.REGION).order_by("id")
    return list(rows.values_list("id", flat=True))


def regions_with_tenants() -> list[tuple[str, UUID]]:
    """Every region's code and tenant."""
    return list(Region.objects.order_by("code").values_list("code", "tenant_id"))


MEMBERS = Prepared(
    lambda: (
        Membership.objects.filter(
            tenant=Asked("tenant"), role=Asked("role"), valid_from__lte=Asked("on")
        )
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=Asked("on")))
        .order_by("user_id")
    )
)


def case_owners(tenant: UUID, *, on: date) -> list[UUID]:
    """Who can own a tenant's reroute cases: its navigators, or its administrators where it has none."""
    for role in (Role.NAVIGATOR, Role.REGION_ADMINISTRATOR):
        if found := [one.user_id for one in MEMBERS.all(tenant=tenant, role=role, on=on)]:
            return found
    return []


def cares_with_someone_waiting() -> list[str]:
    """Codes of the cares for which a need profile exists; the largest queue first."""
    return list(waiting_by_care())


def waiting_by_care() -> dict[str, int]:
    """How many wait for each care that somebody waits for; the largest queue first."""
    with connections[MATCHER].cursor() as cursor:
        cursor.execute(
            "SELECT care_id, count(*) FROM need_profile GROUP BY care_id"
            " ORDER BY count(*) DESC, care_id"
        )
        return dict(cursor.fetchall())


def lapsed_offers(*, now: datetime) -> Iterable[Offer]:
    """Offers of the acting tenants whose last moment to answer has passed; not where a clinic is asked."""
    return (
        Offer.objects.filter(state=OfferState.SENT, answer_by__lte=now)
        .exclude(booking__approvals__state=ApprovalState.ASKED)
        .select_related("booking__claim__slot", "referral")
        .order_by("answer_by", "id")
    )


def lapsed_holds(*, now: datetime) -> Iterable[Booking]:
    """Click holds of the acting tenants whose time has run out."""
    return (
        Booking.objects.filter(
            state=BookingState.HELD, claim__held_until__lte=now, offer__isnull=True
        )
        .select_related("claim__slot")
        .order_by("claim__held_until", "id")
    )


ONE_AGAIN = Prepared(lambda: free_anywhere(Asked("now")).filter(id=Asked("slot")))
# Named one by one: by a question within the question all places of their cares would be looked at.
SOME_AGAIN = Prepared(
    lambda: (
        free_anywhere(Asked("now"))
        .filter(any_of("id", "slots"))
        .order_by("care_id", "starts_at", "id")
    )
)


def free_again(slots: Iterable[UUID], *, now: datetime) -> list[Slot]:
    """Those of some places that can be given out now: open, ahead, nobody's, nobody is asked about them.

    Care by care, what begins soonest first.
    """
    wanted = list(set(slots))
    if len(wanted) == 1:
        return ONE_AGAIN.all(now=now, slot=wanted[0])
    return SOME_AGAIN.all(now=now, slots=wanted)
