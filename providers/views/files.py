"""Times from a file: the template, the dry run with each row's fate, then publish or throw away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.errors import PastRefusal, Refusal, kind_of
from accounts.templatetags.wording import refusal_sentence
from accounts.views import once_per_key
from providers.access import access_clinic
from providers.actions.deliveries import apply, discard, judge
from providers.actions.files import ask_for_worker, take_in_file
from providers.actions.slots import withdraw
from providers.errors import TooMany
from providers.files.faults import UnusableFile
from providers.files.lines import Limits, Table, opened
from providers.files.reading import rows_of
from providers.files.template import Choice, Guide, book, text_file
from providers.forms.files import FileForm
from providers.models import Clinic, Delivery, Slot
from providers.selectors.clinics import care_name, care_names, cares_of
from providers.selectors.files import (
    desk_of,
    fates,
    file_of,
    latest_files,
    places_of_file,
    rows_of_file,
    standing_of,
    withdrawn_of_file,
)
from providers.tasks import publish_when_committed
from providers.views.common import UNDO_FOR, about, say_stay

ROWS_A_PAGE = 100
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FAULTS_ONLY = "fel"


@login_needed
def upload(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """Choose a file; it is read at once, and nothing is published."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FileForm(*sent)
    if form.is_bound and form.is_valid():
        sent_file = form.cleaned_data["file"]
        try:
            body = (
                once_per_key(request, lambda: _taken_in(request, clinic, sent_file))
                .or_refuse()
                .body
            )
        except PastRefusal as refusal:
            if not issubclass(kind_of(refusal.code), (UnusableFile, TooMany)):
                raise
            form.add_error("file", _refused(refusal))
        else:
            messages.info(request, body["understood"])
            return redirect("clinic-file", clinic_id=clinic.id, delivery_id=body["delivery"])
    status = 422 if form.errors else 200
    context = about(clinic) | {"form": form, "files": latest_files(clinic)}
    return render(request, "providers/file_upload.html", context, status=status)


@login_needed
@require_safe
def template(request: HttpRequest, clinic_id: UUID, kind: str) -> HttpResponse:
    """The file to fill in, with the clinic's own cares."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    cares = [Choice(care_name(care), care.code, care.form) for care in cares_of(clinic)]
    is_book = kind == "xlsx"
    content = book(cares, _guide(clinic)) if is_book else text_file(cares)
    answer = HttpResponse(content, content_type=EXCEL if is_book else "text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="tider.{kind}"'
    return answer


@login_needed
@require_safe
def file(request: HttpRequest, clinic_id: UUID, delivery_id: UUID) -> HttpResponse:
    """What becomes of each row; once published, what became of it."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    delivery, now = file_of(clinic, delivery_id), timezone.now()
    faults_only = request.GET.get("visa") == FAULTS_ONLY
    found = rows_of_file(delivery, faults_only=faults_only)
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    shown = fates(page.object_list)
    context = about(clinic) | {
        "delivery": delivery,
        "standing": standing_of(delivery, now=now),
        "undo": _undoable(delivery, now).count(),
        "withdrawn": withdrawn_of_file(delivery),
        "page": page,
        "fates": shown,
        "cares": care_names(fate.care for fate in shown),
        "faults_only": faults_only,
        "query": f"visa={FAULTS_ONLY}" if faults_only else "",
    }
    whole = not request.htmx  # type: ignore[attr-defined]
    return render(request, "providers/file.html" if whole else "providers/_file.html", context)


@login_needed
@require_POST
def publish_file(request: HttpRequest, clinic_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Publish what may be published: at once, or by a worker where there is much of it."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    delivery = file_of(clinic, delivery_id)
    body = once_per_key(request, lambda: _published(request, delivery)).or_refuse().body
    if "published" in body:
        text = ngettext(
            "%(n)s tid är publicerad.", "%(n)s tider är publicerade.", body["published"]
        )
        messages.success(request, text % {"n": body["published"]})
    return redirect("clinic-file", clinic_id=clinic.id, delivery_id=delivery.id)


@login_needed
@require_POST
def undo_file(request: HttpRequest, clinic_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Withdraw what a file has just published; what a patient has taken stays."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]
    delivery = file_of(clinic, delivery_id)
    body = once_per_key(request, lambda: _taken_back(request, delivery)).or_refuse().body
    if body["back"]:
        text = ngettext("Ångrat: %(n)s tid.", "Ångrat: %(n)s tider.", body["back"])
        messages.success(request, text % {"n": body["back"]})
    say_stay(request, body["stay"])
    return redirect("clinic-file", clinic_id=clinic.id, delivery_id=delivery.id)


@login_needed
@require_POST
def discard_file(request: HttpRequest, clinic_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Throw away what was read; the file can be sent again."""
    clinic = access_clinic(clinic_id, by=request.actor)  # type: ignore[attr-defined]

    def work() -> Answer:
        discard(by=request.actor, delivery=file_of(clinic, delivery_id))  # type: ignore[attr-defined]
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    messages.success(request, _("Filen är kastad. Inget publicerades."))
    return redirect("clinic-file-upload", clinic_id=clinic.id)


def _taken_in(request: HttpRequest, clinic: Clinic, sent: Any) -> Answer:
    sent.seek(0)
    limits = Limits(bytes_sent=settings.FILE_BYTES_MAX, bytes_unpacked=settings.FILE_UNPACKED_MAX)
    table = opened(sent.file, limits)
    delivery = take_in_file(
        by=request.actor,  # type: ignore[attr-defined]
        clinic=clinic,
        name=sent.name,
        rows=rows_of(table, desk_of(clinic), most=settings.DELIVERY_ROWS_MAX),
        now=timezone.now(),
    )
    return Answer(200, {"delivery": str(delivery.id), "understood": _understood(table)})


def _understood(table: Table) -> str:
    """How the file was read, so that a wrong guess is seen."""
    if table.encoding == "excel":
        return _("Filen lästes som Excel.")
    separators = {"semicolon": _("semikolon"), "comma": _("komma"), "tab": _("tabb")}
    return _(
        "Filen lästes som CSV med %(separator)s mellan kolumnerna och bokstäver i %(letters)s."
    ) % {
        "separator": separators[table.separator],
        "letters": "Windows-1252" if table.encoding == "windows-1252" else "UTF-8",
    }


def _refused(refusal: Refusal) -> str:
    """The sentence, with the columns or the number that it speaks of."""
    about_it = refusal.data.get("columns") or []
    said = refusal_sentence(refusal)
    return f"{said} {', '.join(about_it)}." if about_it else said


def _published(request: HttpRequest, delivery: Delivery) -> Answer:
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    if sum(delivery.counts.values()) > settings.FILE_APPLIED_AT_ONCE:
        judge(by=actor, delivery=delivery, now=now)
        ask_for_worker(by=actor, delivery=delivery.id, now=now)
        publish_when_committed(delivery.id, delivery.tenant_id)
        return Answer(200, {})
    counts = apply(by=actor, delivery=delivery, now=now)
    return Answer(200, {"published": counts.get("created", 0) + counts.get("reopened", 0)})


def _taken_back(request: HttpRequest, delivery: Delivery) -> Answer:
    now = timezone.now()
    slots = list(_undoable(delivery, now).values_list("id", flat=True))
    done = withdraw(by=request.actor, slots=slots, now=now)  # type: ignore[attr-defined]
    stay = [refusal_sentence(one.why) for one in done.refused]
    return Answer(200, {"back": len(done.withdrawn), "stay": stay})


def _undoable(delivery: Delivery, now: datetime) -> QuerySet[Slot]:
    """The places that the button takes back: not of a file that only a worker publishes."""
    places = places_of_file(delivery, now=now)
    applied, rows = delivery.applied_at, sum(delivery.counts.values())
    is_late = applied is None or applied < now - UNDO_FOR
    return places.none() if is_late or rows > settings.FILE_APPLIED_AT_ONCE else places


def _guide(clinic: Clinic) -> Guide:
    return Guide(
        sheet=_("Så här gör du"),
        title=_("Tider för %(clinic)s") % {"clinic": clinic.name},
        columns=[
            (_("Vård *"), _("Vårdens namn eller kod. Era egna står längst ner på det här bladet.")),
            (_("Form"), _("Öppen vård eller sluten vård. Behövs bara för vård som ges på båda sätten.")),
            (_("Dag *"), _("Till exempel 2026-12-01 eller 1/12 2026.")),
            (_("Start *"), _("Klockslaget då tiden börjar, till exempel 09:30.")),
            (_("Slut"), _("Klockslaget då tiden slutar. Skriv Slut eller Minuter.")),
            (_("Minuter"), _("Hur lång tiden är. Skriv Slut eller Minuter.")),
            (_("Antal"), _("Hur många patienter som tas emot på samma tid. Tomt betyder en.")),
            (_("Nyckel"), _("Er egen beteckning på tiden, om ni har en. Får lämnas tom.")),
            (_("Mottagning"), _("HSA-id, om filen gäller flera mottagningar. Tomt betyder den här.")),
            (_("Besökssätt"), _("På plats eller video. Tomt betyder på plats.")),
        ],
        notes=[
            _("Skriv värden, inga formler. Ta bort eller låt bli rader som inte används."),
            _("Samma fil kan skickas flera gånger. Det som redan finns blir inte dubbelt."),
            _("Natten då klockan ställs om på våren finns inte 02:00–02:59."),
            _("Natten då klockan ställs om på hösten kommer 02:00–02:59 två gånger. Skriv då till exempel "
              "02:30 sommartid eller 02:30 normaltid."),
        ],
    )  # fmt: skip
