"""Copy a week into the weeks that follow: first what it comes to week by week, then publish."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.slots import NewSlot, publish
from providers.errors import TooMany
from providers.forms.publishing import MOST_TIMES
from providers.forms.weeks import CopyForm
from providers.models import Clinic
from providers.patterns import Spot
from providers.selectors.clinics import care_names
from providers.selectors.weeks import free_keys, week_of
from providers.views.common import about, monday_in, week_address
from providers.weeks import Meeting


@dataclass(frozen=True)
class Copied:
    """What the copy comes to in one week."""

    monday: date
    new: list[Spot]
    there: int
    clashes: list[Spot]
    published: list[Spot]

    @property
    def number(self) -> int:
        """ISO week number."""
        return self.monday.isocalendar().week


@login_needed
def copy_week(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Choose how far, see what is new, what is there and what clashes, then publish."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    now = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    week = week_of(clinic.id, monday_in(asked.get("vecka", "")), now=now)
    form = CopyForm(request.POST if request.method == "POST" else None, week=week, now=now)
    copied: list[Copied] = []
    if form.is_bound and form.is_valid():
        copied = _copied(clinic, form)
        if request.POST.get("step") == "publish":
            return _publish(request, clinic, form, copied)
    shown = [spot for one in copied for spot in one.clashes]
    context = about(clinic) | {
        "form": form,
        "week": week,
        "copied": copied,
        "total": sum(len(one.published) for one in copied),
        "has_times": any(day.copied for day in week.days),
        "cares": care_names(spot.care for spot in shown),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "providers/copy.html", context, status=status)


def _copied(clinic: Clinic, form: CopyForm) -> list[Copied]:
    found = []
    for monday in form.mondays():
        met = form.met(week_of(clinic.id, monday, now=form.now))
        found.append(
            Copied(
                monday=monday,
                new=[spot for spot, how in met if how is Meeting.NEW],
                there=sum(how is Meeting.THERE for _, how in met),
                clashes=[spot for spot, how in met if how is Meeting.CLASH],
                published=[spot for spot, how in met if form.is_published(how)],
            )
        )
    return found


def _publish(
    request: HttpRequest, clinic: Clinic, form: CopyForm, copied: list[Copied]
) -> HttpResponse:
    spots = [spot for one in copied for spot in one.published]
    body = once_per_key(request, lambda: _published(request, clinic, spots)).or_refuse().body
    text = ngettext("%(n)s tid är publicerad.", "%(n)s tider är publicerade.", body["created"])
    messages.success(request, text % {"n": body["created"]})
    first = next((one.monday for one in copied if one.published), form.week.monday)
    return redirect(week_address(clinic.id, first.isoformat(), request.POST.get("key", "")))


def _published(request: HttpRequest, clinic: Clinic, spots: list[Spot]) -> Answer:
    if len(spots) > MOST_TIMES:
        raise TooMany(most=MOST_TIMES)
    keys = free_keys(clinic.id, spots)
    times = [
        NewSlot(**spot._asdict(), source_key=key) for spot, key in zip(spots, keys, strict=True)
    ]
    done = publish(by=request.actor, clinic=clinic.id, times=times, now=timezone.now())  # type: ignore[attr-defined]
    pairs: list[Any] = [[None, str(one)] for one in done.created.values()]
    return Answer(200, {"created": len(done.created), "pairs": pairs})
