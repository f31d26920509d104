"""Pages of the register of referral rules, open to everyone; its own region also confirms here."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import login_needed
from accounts.actions.outcomes import Answer
from accounts.errors import NotFound
from accounts.roles import Permission
from accounts.views import once_per_key
from contracts.access import access_own_rule, edits
from contracts.actions.rules import confirm_rule
from contracts.reference import rules_as_csv
from contracts.selectors.register import all_regions, history, region_rules, rule_card
from contracts.selectors.rules import rules_of
from providers.models import Region


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Every region, and for those who edit rules their own region's in full."""
    on = _day(request)
    actor = request.actor  # type: ignore[attr-defined]
    own: list[dict[str, Any]] = []
    if actor is not None and actor.may(Permission.EDIT_RULES):
        regions = Region.objects.filter(tenant__in=actor.tenants)
        own = [_about(region, on) | {"may_edit": True} for region in regions]
    context = {"on": on, "own": own, "regions": all_regions(on=on)}
    return render(request, "contracts/rules.html", context)


@require_safe
def of_region(request: HttpRequest, code: str) -> HttpResponse:
    """One region's rules on a day."""
    region = _region(code)
    may_edit = edits(region, by=request.actor)  # type: ignore[attr-defined]
    context = _about(region, _day(request)) | {"may_edit": may_edit}
    return render(request, "contracts/region_rules.html", context)


@require_safe
def as_csv(request: HttpRequest, code: str) -> HttpResponse:
    """A region's rules, past and coming too, as a file that can be edited and read in again."""
    answer = HttpResponse(
        rules_as_csv(rules_of(_region(code).code)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="remissregler-{code}.csv"'
    return answer


@require_safe
def one_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule and everything that has happened to it."""
    today = timezone.localdate()
    card = rule_card(rule_id, on=today)
    if card is None:
        raise NotFound
    context = {
        "card": card,
        "versions": history(card, on=today),
        "may_edit": edits(card.region, by=request.actor),  # type: ignore[attr-defined]
    }
    return render(request, "contracts/rule.html", context)


@login_needed
@require_POST
def confirm(request: HttpRequest, rule_id: int) -> HttpResponse:
    """“Gäller fortfarande”: said by the region itself, today."""
    actor = request.actor  # type: ignore[attr-defined]
    rule = access_own_rule(rule_id, by=actor)

    def work() -> Answer:
        confirm_rule(by=actor, rule=rule.id, on=timezone.localdate(), now=timezone.now())
        return Answer(200, {})

    once_per_key(request, work).or_refuse()
    said = _("Tack. Regeln för %(care)s är bekräftad i dag.") % {"care": rule.care.name_sv}
    messages.success(request, said)
    return redirect(f"{reverse('rules-region', args=[rule.region_id])}#regel-{rule.id}")


def _about(region: Region, on: date) -> dict[str, Any]:
    return {"region": region, "found": region_rules(region, on=on), "on": on}


def _region(code: str) -> Region:
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise NotFound
    return region


def _day(request: HttpRequest) -> date:
    """The day in the address; today where it names none."""
    try:
        return date.fromisoformat(request.GET.get("dag", ""))
    except ValueError:
        return timezone.localdate()
