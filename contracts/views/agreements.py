"""Pages of the register of agreements: searched, one in full with its history, and one clinic's."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import login_needed
from accounts.errors import NotFound
from accounts.roles import Permission
from contracts.access import keeps
from contracts.forms.search import AgreementSearchForm
from contracts.selectors.agreement_names import names_in
from contracts.selectors.agreement_page import agreement_history, agreement_page
from contracts.selectors.agreement_search import lines, matching
from contracts.selectors.agreements import agreements_of_clinic
from contracts.selectors.drafts import drafts_of
from contracts.selectors.reminders import reminders
from contracts.views.agreement_steps import regions_to_adopt, steps_of
from providers.access import access_clinic
from providers.models import Care, Region

PAGE = 20


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """Who has agreements with whom, about what, and may my region use them."""
    actor, on = request.actor, timezone.localdate()  # type: ignore[attr-defined]
    own = Region.objects.filter(
        tenant__in=actor.tenants_where(Permission.SEE_AGREEMENTS) if actor else ()
    ).first()
    kept = actor.tenants_where(Permission.EDIT_AGREEMENTS) if actor else frozenset()
    asked = request.GET.copy()
    if own and "region" not in asked:
        asked["region"] = own.code
    asked.setdefault("vag", "free_choice")
    form = AgreementSearchForm(asked)
    search = form.search()
    page = Paginator(matching(search, by=actor, on=on), PAGE).get_page(asked.get("page"))
    asked.pop("page", None)
    context = {
        "form": form,
        "search": search,
        "home": Region.objects.filter(code=search.home).first(),
        "page": page,
        "query": asked.urlencode(),
        "lines": lines(list(page.object_list), search, on=on),
        "cares": Care.objects.in_bulk(),
        "may_edit": bool(kept),
        "reminders": reminders(kept, on=on) if kept else (),
    }
    return render(request, "contracts/agreements.html", context)


@require_safe
def one_agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """One agreement in full, and everything that has happened to it."""
    actor = request.actor  # type: ignore[attr-defined]
    found = agreement_page(agreement_id, by=actor, on=timezone.localdate())
    if found is None:
        raise NotFound
    versions = agreement_history(agreement_id, by=actor)
    drafts = drafts_of([one.id for one in versions])
    may_edit = keeps(found.tenant, by=actor)
    context = {
        "page": found,
        "agreement": found.card,
        "versions": versions,
        "names": names_in(drafts.values()),
        "may_edit": may_edit,
        "steps": steps_of(found, on=timezone.localdate()) if may_edit else (),
        "may_adopt": bool(regions_to_adopt(found, by=actor)),
    }
    return render(request, "contracts/agreement.html", context)


@login_needed
@require_safe
def clinic_agreements(request: HttpRequest, clinic_id: UUID) -> HttpResponse:
    """The agreements under which a clinic works."""
    actor = request.actor  # type: ignore[attr-defined]
    clinic = access_clinic(clinic_id, by=actor)
    found = agreements_of_clinic(clinic.id, by=actor, on=timezone.localdate())
    context = {"clinic": clinic, "agreements": found}
    return render(request, "contracts/clinic_agreements.html", context)
