"""What a clinic's word is worth: how old it is, what is hidden and why, how far it has held. For everyone."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.errors import NotFound
from providers.access import publishes_for
from providers.models import Clinic
from providers.reliability import AGE_DAYS, ENOUGH, SILENT_AFTER_DAYS, WINDOW_DAYS
from providers.selectors.words import stands_now, word_of
from providers.views.common import about


@require_safe
def word(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The figures with their formula; the clinic's own people see the same as everyone."""
    now = timezone.now()
    clinic = Clinic.objects.select_related("municipality").filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    stands = stands_now(clinic, now=now)
    context = about(clinic) | {
        "is_own": publishes_for(clinic, by=getattr(request, "actor", None)),
        "stands": stands,
        "age": None if stands.oldest_at is None else now - stands.oldest_at,
        "word": word_of(clinic.id, now=now),
        "age_days": AGE_DAYS,
        "window_days": WINDOW_DAYS,
        "enough": ENOUGH,
        "silent_days": SILENT_AFTER_DAYS,
    }
    return render(request, "providers/word.html", context)
