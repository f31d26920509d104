"""Page: who may sign agreements for regions; a region registers a kommunalförbund."""

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
from accounts.errors import Refusal
from accounts.forms import posted
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from contracts.actions.parties import register_party
from contracts.forms.parties import PartyForm
from contracts.models import Party
from contracts.selectors.parties import signers
from providers.models import Region


@require_safe
def parties(request: HttpRequest) -> HttpResponse:
    """Everyone who may sign: kommunalförbund with their members and decision, then the regions."""
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "federations": signers([Party.Kind.MUNICIPAL_FEDERATION]),
        "regions": signers([Party.Kind.REGION]),
        "may_edit": bool(actor and actor.tenants_where(Permission.EDIT_AGREEMENTS)),
    }
    return render(request, "contracts/parties.html", context)


@requires(Permission.EDIT_AGREEMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Fill in, check the answers, save."""
    actor = request.actor  # type: ignore[attr-defined]
    own = Region.objects.filter(
        tenant_id__in=actor.tenants_where(Permission.EDIT_AGREEMENTS)
    ).first()
    code = own.code if own else ""
    form = PartyForm(request.POST or None, own=code, initial={"members": [code]})
    if not form.is_bound or not form.is_valid() or "change" in request.POST:
        return _shown(request, form, status=422 if form.errors else 200)
    if "save" not in request.POST:
        return _shown(request, form, checks=True)
    try:
        return _saved(request, form)
    except Refusal as refusal:
        form.add_error(None, refusal_sentence(refusal))
        return _shown(request, form, status=refusal.status)


def _saved(request: HttpRequest, form: PartyForm) -> HttpResponse:
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]

    def work() -> Answer:
        return Answer(201, {"party": str(register_party(by=actor, party=form.party(), now=now))})

    key: Any = request.POST.get("key")
    once(by=actor, key=key, request=posted(request), now=now, work=work).or_refuse()
    messages.success(request, _("%(name)s kan nu skriva på avtal.") % {"name": form.party().name})
    return redirect("parties")


def _shown(
    request: HttpRequest, form: PartyForm, *, checks: bool = False, status: int = 200
) -> HttpResponse:
    names = dict(form.fields["members"].choices)  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": form, "key": uuid4(), "checks": checks}
    if checks:
        context["members"] = [names[code] for code in form.cleaned_data["members"]]
    return render(request, "contracts/party_new.html", context, status=status)
