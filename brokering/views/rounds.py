"""Matching rounds: start one, and read what it did."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.views import once_per_key
from brokering.models import Round
from brokering.selectors.country.one_place import places_of_round, told_of_place
from brokering.selectors.country.rounds import latest_rounds
from brokering.selectors.upkeep import cares_with_someone_waiting
from brokering.tasks import begun, run_round
from brokering.templatetags.worklist import why_words
from providers.models import Care, Slot
from providers.selectors.clinics import care_name

SHOWN, COUNTRY_SHOWN = 30, 5


@require_GET
@requires(Permission.RUN_ROUND)
def rounds(request: HttpRequest) -> HttpResponse:
    """The latest rounds, and the cares that a round can be started for."""
    waiting = cares_with_someone_waiting()
    latest = Round.objects.select_related("care").order_by("-started_at")[:SHOWN]
    context = {
        "cares": Care.objects.filter(code__in=waiting),
        "rounds": latest,
        "country": latest_rounds(now=timezone.now(), most=COUNTRY_SHOWN),
        "topics": ",".join(topics.round_of(code) for code in waiting[:15]),
    }
    part = "brokering/_rounds.html" if request.htmx else "brokering/rounds.html"  # type: ignore[attr-defined]
    return render(request, part, context)


@require_POST
@requires(Permission.RUN_ROUND)
def start(request: HttpRequest) -> HttpResponse:
    """Queue a round for a care; the list shows it when it is done."""
    care = Care.objects.in_bulk().get(request.POST.get("vard", ""))
    if care is None:
        raise NotFound
    named = {"care": care_name(care)}
    started = once_per_key(request, lambda: Answer(200, {"begun": begun(run_round, care.code)}))
    if started.or_refuse().body["begun"]:
        messages.success(request, _("En matchning för %(care)s har startat.") % named)
    else:
        messages.warning(
            request,
            _("Matchningen för %(care)s kunde inte startas nu. Den körs ändå vid nästa tillfälle.")
            % named,
        )
    return redirect("rounds")


@require_GET
@requires(Permission.RUN_ROUND)
def report(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """One round: what it read, what it proposed, who is left and why. Counts only, no person."""
    found = get_object_or_404(Round.objects.select_related("care", "national"), id=round_id)
    context = {
        "round": found,
        "classes": [_class(number, found.summary) for number in ("1", "2", "3", "4")],
        "unmatched": _counts(found.summary.get("unmatched_by_first_reason", {})),
        "left_out": _counts(found.summary.get("left_out", {})),
        "places": places_of_round(found.id, most=SHOWN),
    }
    return render(request, "brokering/round.html", context)


@require_GET
@requires(Permission.RUN_ROUND)
def place(request: HttpRequest, round_id: UUID, slot_id: UUID) -> HttpResponse:
    """Why a round gave a place to whom it did. Counts only, no person."""
    found = told_of_place(round_id, slot_id)
    if found is None:
        raise NotFound
    context = {
        "round": get_object_or_404(Round.objects.select_related("care"), id=round_id),
        "slot": get_object_or_404(Slot.objects.select_related("clinic"), id=slot_id),
        "found": found,
        "others": _counts(dict(found.others)),
        "removed": _counts(dict(found.removed)),
    }
    return render(request, "brokering/round_place.html", context)


def _class(number: str, summary: dict[str, Any]) -> dict[str, Any]:
    counts = summary.get("classes", {}).get(number, {"waiting": 0, "treated": 0, "in_time": 0})
    return {"number": number, "late": counts["treated"] - counts["in_time"], **counts}


def _counts(found: dict[str, int]) -> list[tuple[str, int]]:
    return [
        (why_words(code), count)
        for code, count in sorted(found.items(), key=lambda item: -item[1])
        if count
    ]
