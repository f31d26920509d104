"""Deciding on referral rules: fill in, read what it would change, save."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import login_needed
from accounts.actions.outcomes import Answer, once
from accounts.actions.trail import log_accesses
from accounts.forms import posted
from accounts.roles import Permission
from accounts.tenancy import Actor
from brokering.models import Referral
from brokering.selectors.rule_preview import Preview, days_of, preview
from contracts.access import access_own_declaration, access_own_region, access_own_rule
from contracts.actions.rule_import import import_rules
from contracts.actions.rules import (
    add_rule,
    declare_complete,
    end_declaration,
    end_rule,
    replace_rule,
)
from contracts.forms.rules import DeclareForm, EndForm, ImportForm, RuleForm, answers_of
from contracts.selectors.rule_import import ImportPlan, plan_import
from contracts.selectors.rules import declaration_of, rule_of
from contracts.terms import DAY, RuleChange
from providers.models import Care, Region
from providers.reference import UnreadableReference

SHOWN = 50
"""How many waiting needs the preview lists; all are counted."""
DAYS_SHOWN = 4
FILE = "remissregler.csv"
OWN_FIELDS = {"step", "key", "csrfmiddlewaretoken"}

page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that a region is about to decide, from the form to the saved rows."""

    region: Region
    title: str
    form: forms.Form
    change: Callable[[], RuleChange]
    save: Callable[[datetime], object]
    said: str
    about: dict[str, Any]
    """What the pages need besides."""


@login_needed
@page
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Add a rule."""
    actor, today = _actor(request), timezone.localdate()
    region = access_own_region(code, by=actor)
    form = RuleForm(_sent(request), cares=list(Care.objects.all()), initial={"valid_from": today})
    read = partial(form.rule, region=region.code, checked=today)
    deed = Deed(
        region=region,
        title=_("Ny remissregel"),
        form=form,
        change=lambda: RuleChange(adds=(read(),)),
        save=lambda now: add_rule(by=actor, rule=read(), now=now),
        said=_("Regeln är sparad."),
        about={},
    )
    return _decide(request, deed)


@login_needed
@page
def replace(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Replace a rule: the old one ends the day before the new one begins."""
    actor, today = _actor(request), timezone.localdate()
    row = access_own_rule(rule_id, by=actor)
    old = rule_of(row)
    form = RuleForm(_sent(request), cares=[row.care], after=row.valid_from, initial=answers_of(old))
    read = partial(form.rule, region=row.region_id, checked=today)

    def change() -> RuleChange:
        begins = form.cleaned_data["valid_from"]
        return RuleChange(ends=((old, begins - DAY),), adds=(read(),))

    deed = Deed(
        region=row.region,
        title=_("Ersätt remissregeln"),
        form=form,
        change=change,
        save=lambda now: replace_rule(by=actor, old=row.id, rule=read(), now=now),
        said=_("Regeln är ersatt. Den gamla finns kvar i historiken."),
        about={"rule": old, "care": row.care},
    )
    return _decide(request, deed)


@login_needed
@page
def end(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Give a rule its last day."""
    actor = _actor(request)
    row = access_own_rule(rule_id, by=actor)
    old = rule_of(row)
    form = EndForm(_sent(request), first=row.valid_from)
    deed = Deed(
        region=row.region,
        title=_("Avsluta remissregeln"),
        form=form,
        change=lambda: RuleChange(ends=((old, form.cleaned_data["last_day"]),)),
        save=lambda now: end_rule(
            by=actor, rule=row.id, last_day=form.cleaned_data["last_day"], now=now
        ),
        said=_("Regeln har fått en sista dag. Den finns kvar i historiken."),
        about={"rule": old, "care": row.care},
    )
    return _decide(request, deed)


@login_needed
@page
def declare(request: HttpRequest, code: str) -> HttpResponse:
    """Declare the region's rules complete: what has no row then requires no remiss."""
    actor = _actor(request)
    region = access_own_region(code, by=actor)
    form = DeclareForm(_sent(request))
    read = partial(form.declared, region=region.code)
    deed = Deed(
        region=region,
        title=_("Förklara reglerna fullständiga"),
        form=form,
        change=lambda: RuleChange(declares=(read(),)),
        save=lambda now: declare_complete(by=actor, declared=read(), now=now),
        said=_("Regionens regler är förklarade fullständiga."),
        about={},
    )
    return _decide(request, deed)


@login_needed
@page
def end_declared(request: HttpRequest, declaration_id: int) -> HttpResponse:
    """Give a declaration its last day: what has no row is unknown again."""
    actor = _actor(request)
    row = access_own_declaration(declaration_id, by=actor)
    old = declaration_of(row)
    form = EndForm(_sent(request), first=row.complete_from)
    deed = Deed(
        region=row.region,
        title=_("Avsluta fullständigheten"),
        form=form,
        change=lambda: RuleChange(ends_declared=((old, form.cleaned_data["last_day"]),)),
        save=lambda now: end_declaration(
            by=actor, declaration=row.id, last_day=form.cleaned_data["last_day"], now=now
        ),
        said=_("Fullständigheten har fått en sista dag."),
        about={"declared": old},
    )
    return _decide(request, deed)


@login_needed
@page
def read_in(request: HttpRequest, code: str) -> HttpResponse:
    """Read in a file of rules: the fate of each line first, then save."""
    actor = _actor(request)
    region = access_own_region(code, by=actor)
    form = ImportForm(_sent(request), request.FILES or None)
    plan = _plan(form, region) if form.is_bound and form.is_valid() else None
    text = form.cleaned_data["text"] if plan else ""
    deed = Deed(
        region=region,
        title=_("Läs in remissregler"),
        form=form,
        change=lambda: plan.change if plan else RuleChange(),
        save=lambda now: import_rules(by=actor, region=region.code, text=text, file=FILE, now=now),
        said=_("Filen är inläst."),
        about={"plan": plan, "text": text},
    )
    return _decide(request, deed)


def _decide(request: HttpRequest, deed: Deed) -> HttpResponse:
    """The three steps that every decision takes: the form, what it would change, saved."""
    step = request.POST.get("step")
    if step in {"check", "save"} and deed.form.is_valid():
        if step == "save":
            return _saved(request, deed)
        return render(request, "brokering/rule_check.html", _checked(request, deed))
    context = _about(deed) | {"form": deed.form}
    status = 422 if step in {"check", "save"} else 200
    return render(request, "brokering/rule_form.html", context, status=status)


def _saved(request: HttpRequest, deed: Deed) -> HttpResponse:
    now = timezone.now()

    def work() -> Answer:
        deed.save(now)
        return Answer(200, {})

    key = request.POST.get("key")
    once(by=_actor(request), key=key, request=posted(request), now=now, work=work).or_refuse()
    messages.success(request, deed.said)
    return redirect("rules-region", code=deed.region.code)


def _checked(request: HttpRequest, deed: Deed) -> dict[str, Any]:
    """The confirm page: what changes, from which day, for whom. Each need that is listed is logged."""
    actor, now = _actor(request), timezone.now()
    change = deed.change()
    days = days_of(change, now=now)
    found = [_preview(change, deed, actor, now, on=on) for on in days[:DAYS_SHOWN]]
    changed = frozenset(need for one in found for need in one.changed_needs)
    return _about(deed) | {
        "form": deed.form,
        "kept": _kept(request, deed),
        "key": uuid4(),
        "change": change,
        "previews": found,
        "days_left_out": len(days) - len(found),
        "needs": _listed(changed, actor, now),
        "needs_left_out": max(len(changed) - SHOWN, 0),
        "may_see_waiting": actor.may(Permission.SEE_WAITING),
        "names": {care.code: care for care in Care.objects.all()},
    }


def _preview(change: RuleChange, deed: Deed, actor: Actor, now: datetime, *, on: date) -> Preview:
    return preview(change, region=deed.region.code, by=actor, now=now, on=on)


def _listed(changed: frozenset[UUID], actor: Actor, now: datetime) -> list[Referral]:
    rows = Referral.objects.filter(id__in=changed).select_related("patient", "care")
    shown = list(rows.order_by("priority", "created_at", "id")[:SHOWN])
    log_accesses((row.patient for row in shown), by=actor, purpose="rule_preview", now=now)
    return shown


def _kept(request: HttpRequest, deed: Deed) -> list[tuple[str, str]]:
    """What was filled in, to be sent again; a file is sent again as its text."""
    sent = [(n, v) for n, values in request.POST.lists() for v in values if n not in OWN_FIELDS]
    if "text" not in deed.about:
        return sent
    return [(n, v) for n, v in sent if n != "text"] + [("text", deed.about["text"])]


def _plan(form: ImportForm, region: Region) -> ImportPlan | None:
    try:
        return plan_import(
            form.cleaned_data["text"], file=FILE, region=region.code, on=timezone.localdate()
        )
    except UnreadableReference as fault:
        wrong = _("Filen går inte att läsa: rad %(line)s, kolumn %(column)s.")
        form.add_error("file", wrong % {"line": fault.data["line"], "column": fault.data["column"]})
        return None


def _about(deed: Deed) -> dict[str, Any]:
    return {"region": deed.region, "title": deed.title} | deed.about


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
