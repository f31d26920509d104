"""Agreements out as files, and in from one: the fate of each row first, then saved."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.actions.outcomes import Answer, once
from accounts.forms import posted
from accounts.roles import Permission
from contracts.actions.exchange import Fate, import_agreements
from contracts.errors import UnreadableAgreements
from contracts.exchange.sheets import csv_text
from contracts.forms.files import AgreementFileForm
from providers.models import Region


@requires(Permission.EDIT_AGREEMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    """Fetch the region's agreements, or read in a file of them."""
    sent = request.POST if request.method == "POST" and "change" not in request.POST else None
    form = AgreementFileForm(sent, request.FILES or None)
    fates = _trial(request, form) if form.is_bound and form.is_valid() else None
    if fates is None:
        return render(
            request,
            "contracts/agreement_files.html",
            {"form": form, "regions": _own_regions(request)},
            status=422 if form.is_bound else 200,
        )
    if "save" in request.POST:
        return _saved(request, form)
    context = {
        "fates": fates,
        "counts": {kind: sum(fate.outcome == kind for fate in fates) for kind in KINDS},
        "kept": {name: form.cleaned_data[name] for name in ("text", "form")},
        "key": uuid4(),
    }
    return render(request, "contracts/agreement_fates.html", context)


KINDS = ("created", "unchanged", "refused")


@requires(Permission.EDIT_AGREEMENTS)
@require_safe
def template(_request: HttpRequest) -> HttpResponse:
    """An empty file with the columns that are read."""
    answer = HttpResponse("\ufeff" + csv_text(()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="avtal-mall.csv"'
    return answer


def _trial(request: HttpRequest, form: AgreementFileForm) -> tuple[Fate, ...] | None:
    """What would become of each row; None, with an error in the form, where it is no such file."""
    given = form.cleaned_data
    try:
        return import_agreements(
            by=request.actor,  # type: ignore[attr-defined]
            text=given["text"],
            form=given["form"],
            now=timezone.now(),
            dry_run=True,
        )
    except UnreadableAgreements as refusal:
        where = refusal.data.get("field") or "–"
        wrong = _("Filen går inte att läsa som avtal. Felet finns vid: %(where)s.")
        form.add_error("file", wrong % {"where": where})
        return None


def _saved(request: HttpRequest, form: AgreementFileForm) -> HttpResponse:
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    given = form.cleaned_data

    def work() -> Answer:
        fates = import_agreements(by=actor, text=given["text"], form=given["form"], now=now)
        made = {fate.agreement for fate in fates if fate.outcome == "created"}
        return Answer(200, {"created": len(made)})

    key: Any = request.POST.get("key")
    answer = once(by=actor, key=key, request=posted(request), now=now, work=work).or_refuse()
    number = answer.body["created"]
    messages.success(request, _("Inlästa avtal: %(number)s.") % {"number": number})
    return redirect("agreements")


def _own_regions(request: HttpRequest) -> list[Region]:
    actor = request.actor  # type: ignore[attr-defined]
    mine = actor.tenants_where(Permission.EDIT_AGREEMENTS)
    return list(Region.objects.filter(tenant_id__in=mine))
