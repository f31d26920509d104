"""Pages: places that went past somebody with a greater need or a longer wait, and why."""

import csv
import io
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.templatetags.wording import worded
from accounts.views import once_per_key
from brokering.actions.bypasses import settle
from brokering.matching.bypasses import codes, settling
from insight.access import access_ledger, ledger_tenants
from insight.disclosure import FEWEST_SHOWN
from insight.forms import LedgerForm
from insight.selectors import bypasses as selectors
from insight.selectors.bypasses import Ledger, Line, files_of, ledger_of, unexplained
from providers.selectors.clinics import care_name


@login_needed
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The ledger, as far as one's regions answer for any of the needs."""
    actor = access_ledger(request.actor)  # type: ignore[attr-defined]
    form = LedgerForm(request.GET)
    asked = {name: said for name, said in request.GET.items() if name != "cursor"}
    context = {"form": form, "fewest": FEWEST_SHOWN, "asked": urlencode(asked)}
    if not form.is_valid():
        return render(request, "insight/bypasses.html", context, status=422)
    part, tenants = form.asked(), ledger_tenants(actor)
    found = ledger_of(part, tenants=tenants)
    lines = sum(found.by_code.values())
    files = files_of(part, tenants=tenants, lines=lines)
    context |= {
        "ledger": found,
        "lines": lines,
        "in_a_file": selectors.MOST_IN_A_FILE,
        "files": [urlencode(asked | ({"cursor": last} if last else {})) for last in files],
        "further": urlencode(asked | {"cursor": found.after}) if found.after else "",
        "is_first": "cursor" not in request.GET,
        "sources": codes(),
        "settling": settling() if actor.may(Permission.RUN_ROUND) else (),
    }
    return render(request, "insight/bypasses.html", context)


@login_needed
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file, a row a place and reason; what is not shown is empty."""
    actor = access_ledger(request.actor)  # type: ignore[attr-defined]
    asked = LedgerForm(request.GET).asked()
    found = ledger_of(asked, tenants=ledger_tenants(actor), most=selectors.MOST_IN_A_FILE)
    answer = HttpResponse("\ufeff" + _csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="avvikelser.csv"'
    answer["Cache-Control"] = "private, no-store"
    if found.after:
        further = urlencode({**request.GET.dict(), "cursor": found.after})
        answer["Link"] = f'<{request.path}?{further}>; rel="next"'
    return answer


@require_POST
@login_needed
def say_why(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """A person gives the reason that the ledger could not."""
    actor = access_ledger(request.actor)  # type: ignore[attr-defined]

    def said() -> Answer:
        found = unexplained(claim_id)
        if found is None:
            raise NotFound
        settle(by=actor, bypass=found, code=request.POST.get("skal", ""), now=timezone.now())
        return Answer(200, {})

    once_per_key(request, said).or_refuse()
    messages.success(request, _("Skälet är sparat."))
    return redirect("bypasses")


def _csv(found: Ledger) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(
        (
            *(
                _("Gavs"),
                _("Vård"),
                _("Mottagning"),
                _("Kod"),
                _("Skäl"),
                _("Behovsgrupp som fick tiden"),
            ),
            *(
                _("Högsta behovsgrupp som gick miste"),
                _("Gick miste"),
                _("Med större behov"),
                _("Hade hunnit"),
            ),
        )
    )
    writer.writerows(map(_row, found.lines))
    return file.getvalue()


def _row(line: Line) -> tuple[object, ...]:
    row = line.row
    return (
        f"{timezone.localtime(row.given_at):%Y-%m-%d %H:%M}",
        *(care_name(row.care), line.clinic.name, line.code, worded(line.code, "bypass")),
        _or_empty(row.need_class),
        *map(_or_empty, (line.highest, line.passed, line.higher, line.in_time)),
    )


def _or_empty(number: int | None) -> object:
    return "" if number is None else number
