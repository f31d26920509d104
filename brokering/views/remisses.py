"""Pages of a referring clinician: choose the care, write the remiss."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import topics
from accounts.access import requires
from accounts.actions.outcomes import Answer
from accounts.actions.trail import log_accesses
from accounts.identity import keyed_hash
from accounts.roles import Permission
from accounts.selectors.changes import last_numbers
from accounts.templatetags.wording import refusal_sentence
from brokering.actions.registration import register_remiss
from brokering.errors import PatientUnknown
from brokering.forms.referrals import CareChoiceForm, RemissForm
from brokering.selectors.referred import referred_by, unit_of, with_times
from brokering.views.foreseen import say_registered, told
from brokering.views.keys import once_per_button
from brokering.views.slots import past
from providers.models import Care, Region

PAGE = 25


@requires(Permission.REFER)
@require_safe
def choose_care(request: HttpRequest) -> HttpResponse:
    """First the care: it decides which clinics there are."""
    form = CareChoiceForm(request.GET if "vard" in request.GET else None)
    if form.is_valid():
        return redirect("remiss-write", care=form.cleaned_data["vard"].code)
    status = 422 if form.errors else 200
    return render(request, "brokering/remiss_care.html", {"form": form}, status=status)


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, care: str) -> HttpResponse:
    """The remiss itself; once sent, by when care is due and whether the region already looks elsewhere."""
    found = get_object_or_404(Care, code=care)
    form = RemissForm(
        request.POST if request.method == "POST" else None,
        care=found,
        home_region=_home_region(request),
        initial={"issued_on": timezone.localdate()},
    )
    if form.is_bound and form.is_valid():
        return _sent(request, form)
    status = 422 if form.errors else 200
    return render(request, "brokering/remiss.html", {"form": form, "care": found}, status=status)


@requires(Permission.BOOK_FOR_PATIENT)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What became of the unit's own remisses, the latest first; the list alone for itself."""
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]
    page = Paginator(referred_by(actor), PAGE).get_page(request.GET.get("page"))
    rows = with_times(list(page), now=now)
    patients = [row.referral.patient for row in rows]
    log_accesses(patients, by=actor, purpose="book_for_patient", now=now)
    topic = topics.unit(unit_of(actor))
    context = {"page": page, "rows": rows, "topic": topic, "number": last_numbers([topic])[topic]}
    part = "brokering/_remisses.html" if request.htmx else "brokering/remisses.html"  # type: ignore[attr-defined]
    return render(request, part, context)


def _sent(request: HttpRequest, form: RemissForm) -> HttpResponse:
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]

    def work() -> Answer:
        done = register_remiss(by=actor, remiss=form.remiss(), now=now)
        return Answer(201, told(done, now))

    said = form.cleaned_data | {"number": keyed_hash(form.cleaned_data["number"])}
    answer = once_per_button(request, said, now, work)
    if answer.status >= 400:
        form.add_error(_field_of(answer), refusal_sentence(past(answer)))
        context = {"form": form, "care": form.care}
        return render(request, "brokering/remiss.html", context, status=answer.status)
    say_registered(request, _("Remissen är skickad."), answer.body)
    return redirect("remiss-new")


def _field_of(answer: Answer) -> str | None:
    """The field that a refusal is about; None for the whole form."""
    if answer.body["code"] == PatientUnknown.code:
        return "number"
    return answer.body.get("field")


def _home_region(request: HttpRequest) -> str:
    tenants = request.actor.tenants_where(Permission.REFER)  # type: ignore[attr-defined]
    return Region.objects.filter(tenant__in=tenants).values_list("code", flat=True).first() or ""
