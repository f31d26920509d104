"""What stories about short notice begin with: consents, a freed place, answers."""

from datetime import timedelta

from accounts.tenancy import acting_as
from brokering.actions.invitations import accept_invitation, decline_invitation
from brokering.actions.short_notice import Manage, consent
from brokering.models import Batch, Invitation
from brokering.tasks import rematched_together
from tests.factories import NOW, acting

READY = frozenset({"gets_there", "can_be_called", "can_fast", "somebody_home"})
SOON = timedelta(days=2)


def wants(need, *, by=None, hours=24, km=None, ready=READY, late=False, now=NOW):
    """The patient of a need consents to be asked at short notice."""
    by = by or acting(need.patient.subject)
    said = Manage(notice_hours=hours, max_distance_km=km, ready=ready, late_evenings=late)
    with acting_as(by):
        return consent(by=by, referral_id=need.id, said=said, now=now)


def freed(slot, now=NOW):
    """What becomes of a place that is free again."""
    return rematched_together([slot.id], now=now)


def invitation(need):
    """The latest part of a need in a batch."""
    rows = Invitation.objects.using("owner").filter(referral=need)
    return rows.order_by("-batch__sent_at").first()


def batch(slot):
    """The latest batch about a place."""
    return Batch.objects.using("owner").filter(slot=slot).order_by("-sent_at").first()


def says_yes(need, *, by=None, now=NOW, **also):
    """Accept in a transaction of one's own."""
    by, asked = by or acting(need.patient.subject), invitation(need)
    with acting_as(by):
        return accept_invitation(by=by, invitation_id=asked.id, now=now, **also)


def says_no(need, *, now=NOW):
    """Decline in a transaction of one's own."""
    by, asked = acting(need.patient.subject), invitation(need)
    with acting_as(by):
        decline_invitation(by=by, invitation_id=asked.id, now=now)
