"""A region's pages: a serious event is switched on and off, and the help that others gave."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.errors import NotAllowed
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from brokering.forms import KeyForm, read
from brokering.forms.events import EventForm
from brokering.selectors.help_given import help_given
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from providers.actions.events import begin_event, end_event
from providers.models import Clinic, Region
from providers.selectors.decisions import event_in, events_of


@requires(Permission.DECLARE_EVENT)
@require_http_methods(["GET", "HEAD", "POST"])
def events(request: HttpRequest) -> HttpResponse:
    """The region's serious events and the help in each; a form to declare one."""
    now = timezone.now()
    region = _own_region(request)
    form = EventForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        said = form.cleaned_data

        def work() -> Answer:
            event = begin_event(
                by=request.actor,  # type: ignore[attr-defined]
                region=region.code,
                reason=said["reason"],
                decision_reference=said["decision_reference"],
                now=now,
            )
            return Answer(201, {"event": str(event.id)})

        answer = once_per_button(request, said, now, work)
        if answer.status < 400:
            messages.success(request, _("Den allvarliga händelsen är påslagen i regionen."))
            return redirect("region-events")
        form.add_error(None, refusal_sentence(past(answer)))
        status = answer.status
    return _shown(request, region, form, status)


@requires(Permission.DECLARE_EVENT)
@require_POST
def end(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Switch it off."""
    now = timezone.now()

    def work() -> Answer:
        end_event(by=request.actor, event_id=event_id, now=now)  # type: ignore[attr-defined]
        return Answer(200, {"event": str(event_id)})

    once_per_button(request, read(KeyForm(request.POST)), now, work).or_refuse()
    messages.success(request, _("Den allvarliga händelsen är avslutad."))
    return redirect("region-events")


def _shown(request: HttpRequest, region: Region, form: forms.Form, status: int) -> HttpResponse:
    now = timezone.now()
    listed = [{"event": one, "help": help_given(one, now=now)} for one in events_of(region.code)]
    context = {
        "region": region,
        "form": form,
        "going": event_in(region.code),
        "events": listed,
        "own_clinics": Clinic.objects.filter(tenant=region.tenant_id).order_by("name"),
    }
    return render(request, "brokering/events.html", context, status=status)


def _own_region(request: HttpRequest) -> Region:
    tenants = request.actor.tenants_where(Permission.DECLARE_EVENT)  # type: ignore[attr-defined]
    region = Region.objects.filter(tenant__in=tenants).order_by("code").first()
    if region is None:
        raise NotAllowed
    return region
