"""Is the care still needed? The answer of who has waited long, given on their own page or to the region."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.roles import Permission
from accounts.views import once_per_key
from brokering.actions.confirmations import answer_whether_needed
from brokering.forms import read
from brokering.forms.referrals import NeededForm


@require_POST
@requires(Permission.REROUTE)
def told_to_region(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The region has asked and writes down the answer."""
    if _answered(request, referral_id):
        messages.success(request, _("Det är antecknat att vården behövs."))
        return redirect("alternatives", referral_id=referral_id)
    messages.success(request, _("Väntan är avslutad: vården behövs inte längre."))
    return redirect("worklist")


@require_POST
@requires(Permission.SEE_OWN_WAIT)
def told_by_patient(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The patient answers on "Min väntan"."""
    if _answered(request, referral_id):
        messages.success(request, _("Tack. Du står kvar i kön."))
    else:
        messages.success(request, _("Du väntar inte längre på den vården."))
    return redirect("my_wait")


def _answered(request: HttpRequest, referral_id: UUID) -> bool:
    is_needed = read(NeededForm(request.POST))["needed"] == "yes"

    def work() -> Answer:
        answer_whether_needed(
            by=request.actor,  # type: ignore[attr-defined]
            referral_id=referral_id,
            is_needed=is_needed,
            now=timezone.now(),
        )
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    return is_needed
