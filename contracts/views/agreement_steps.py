"""The steps of an agreement's life on screen: fill in, check the answers, save."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import login_needed
from accounts.actions.outcomes import Answer, once
from accounts.errors import NotAllowed, NotFound, Refusal
from accounts.forms import posted
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from contracts.access import keeps
from contracts.actions import agreement_states as states
from contracts.actions.agreement_states import Side
from contracts.actions.agreements import AdoptionDecision, add_source, adopt_agreement
from contracts.drafts import SourceDraft
from contracts.forms.agreements import SourceForm
from contracts.forms.deeds import AdoptForm, AwardForm, DeedForm, EndForm, ExtendForm, SignForm
from contracts.forms.parts import Place
from contracts.lifecycle import AgreementState, Kind, next_states
from contracts.selectors.agreement_names import names_in
from contracts.selectors.agreement_page import AgreementPage, agreement_page
from contracts.selectors.drafts import drafts_of
from providers.models import Region

Save = Callable[[Actor, UUID, dict[str, Any], datetime], object]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its button, what it means for somebody who has never taken it, what it asks, what it does."""

    label: Promise
    hint: Promise
    save: Save
    form: type[DeedForm | SourceForm] = DeedForm


@dataclass(frozen=True)
class Offered:
    """A step that may be taken now; for one lot, or for the whole agreement."""

    name: str
    label: Promise
    lot: UUID | None = None
    lot_name: str = ""


def _advance(to: AgreementState) -> Save:
    return lambda by, row, given, now: states.advance_agreement(
        by=by, agreement=row, to=to, now=now
    )


def _sign(side: Side) -> Save:
    return lambda by, row, given, now: states.sign_agreement(
        by=by, agreement=row, side=side, now=now, **given
    )


STEPS: dict[str, Step] = {
    "advertised": Step(
        label=gettext_lazy("Annonserat"),
        hint=gettext_lazy(
            "Upphandlingen är annonserad: vem som helst kan lämna anbud eller ansöka."
        ),
        save=_advance(AgreementState.ADVERTISED),
    ),
    "evaluating": Step(
        label=gettext_lazy("Utvärdering pågår"),
        hint=gettext_lazy("Anbuden har kommit in och prövas. Avtalet visas inte för andra än."),
        save=_advance(AgreementState.EVALUATING),
    ),
    "awarded": Step(
        label=gettext_lazy("Tilldelning beslutad"),
        hint=gettext_lazy("Säljaren är vald. Från och med nu syns avtalet för alla."),
        save=_advance(AgreementState.AWARDED),
    ),
    "award": Step(
        label=gettext_lazy("Tilldelningen är skickad"),
        hint=gettext_lazy(
            "Nu börjar avtalsspärren för anbudsområdet: en väntetid då den som förlorade kan begära "
            "överprövning. Ingen får skriva under medan den löper. En rättad tilldelning börjar den om."
        ),
        form=AwardForm,
        save=lambda by, row, given, now: states.notify_award(
            by=by,
            lot=row,
            on=given["on"],
            electronically=given["way"] == "electronic",
            now=now,
        ),
    ),
    "sign-party": Step(
        label=gettext_lazy("Köparna har skrivit under"),
        hint=gettext_lazy("Villkoren kan inte skrivas om efter den första underskriften."),
        form=SignForm,
        save=_sign(Side.PARTY),
    ),
    "sign-seller": Step(
        label=gettext_lazy("Säljaren har skrivit under"),
        hint=gettext_lazy("När båda har skrivit under är avtalet undertecknat."),
        form=SignForm,
        save=_sign(Side.SELLER),
    ),
    "activate": Step(
        label=gettext_lazy("Ta i drift"),
        hint=gettext_lazy(
            "Från sin första dag kan avtalet bära besök, och tider visas med dess villkor."
        ),
        save=lambda by, row, given, now: states.activate_agreement(by=by, agreement=row, now=now),
    ),
    "extend": Step(
        label=gettext_lazy("Använd nästa option"),
        hint=gettext_lazy("Avtalet förlängs med optionens månader, räknat från sista dagen."),
        form=ExtendForm,
        save=lambda by, row, given, now: states.extend_agreement(
            by=by, agreement=row, now=now, **given
        ),
    ),
    "end": Step(
        label=gettext_lazy("Avsluta"),
        hint=gettext_lazy("Avtalet får en tidigare sista dag. Det finns kvar i historiken."),
        form=EndForm,
        save=lambda by, row, given, now: states.end_agreement(
            by=by, agreement=row, now=now, **given
        ),
    ),
    "break": Step(
        label=gettext_lazy("Avbryt"),
        hint=gettext_lazy("Avtalet blir aldrig av. Det finns kvar i historiken."),
        save=lambda by, row, given, now: states.end_agreement(
            by=by, agreement=row, last_day=timezone.localdate(now), now=now
        ),
    ),
    "adopt": Step(
        label=gettext_lazy("Anslut regionen"),
        hint=gettext_lazy("Regionens eget beslut: från och med det binder avtalet regionen."),
        form=AdoptForm,
        save=lambda by, row, given, now: adopt_agreement(
            by=by, agreement=row, decision=AdoptionDecision(**given), now=now
        ),
    ),
    "source": Step(
        label=gettext_lazy("Lägg till en källa"),
        hint=SourceForm.hint,
        form=SourceForm,
        save=lambda by, row, given, now: add_source(
            by=by, agreement=row, source=SourceDraft(**given), now=now
        ),
    ),
}
DAYS = ("earliest", "latest", "decide_by")
"""What is a day in the data of a refusal."""
BY_STATE = {
    AgreementState.ADVERTISED: "advertised",
    AgreementState.EVALUATING: "evaluating",
    AgreementState.AWARDED: "awarded",
    AgreementState.ACTIVE: "activate",
}


def steps_of(page: AgreementPage, *, on: date) -> tuple[Offered, ...]:
    """What the contracting region may do with the agreement now, the usual next step first."""
    ways = next_states(page.state, page.kind)
    names = [BY_STATE[to] for to in ways if to in BY_STATE]
    if AgreementState.SIGNED in ways and not _waits(page, on):
        unsigned = (
            ("sign-party", page.signed_by_party_on),
            ("sign-seller", page.signed_by_seller_on),
        )
        names += [name for name, day in unsigned if day is None]
    if page.followed_by is not None:
        return (Offered("source", STEPS["source"].label),)
    if page.state == AgreementState.ACTIVE and page.card.standing in {"in_force", "ends_soon"}:
        names += ["extend"] if any(not option.used_on for option in page.options) else []
        names += ["end"]
    elif page.state == AgreementState.ACTIVE and page.card.standing == "not_yet":
        names += ["end"]
    elif AgreementState.ENDED in ways:
        names += ["break"]
    first, again = _awards(page)
    names += ["source"]
    return (*first, *(Offered(name, STEPS[name].label) for name in names), *again)


def regions_to_adopt(page: AgreementPage, *, by: Actor | None) -> list[tuple[str, str]]:
    """Code and name of the actor's regions that have not decided on a joint agreement."""
    rows = Region.objects.filter(code__in=page.undecided)
    return [(row.code, row.name) for row in rows if keeps(row.tenant_id, by=by)]


def _awards(page: AgreementPage) -> tuple[list[Offered], list[Offered]]:
    """The lots whose award is to be sent out, and those where it may be sent again before anybody signs."""
    open_states = {AgreementState.AWARDED, AgreementState.STANDSTILL}
    signed = page.signed_by_party_on or page.signed_by_seller_on
    if page.kind != Kind.PROCURED or page.state not in open_states or signed:
        return [], []
    lots = [lot for lot in page.lots if lot.draft.qualified]
    first, again = STEPS["award"].label, gettext_lazy("Rättad tilldelning skickad")
    return (
        [Offered("award", first, x.card.id, x.card.name) for x in lots if x.standstill is None],
        [Offered("award", again, x.card.id, x.card.name) for x in lots if x.standstill],
    )


def _waits(page: AgreementPage, on: date) -> bool:
    """Whether a lot's award is unsent or its standstill runs, so that nobody may sign."""
    if page.kind != Kind.PROCURED:
        return False
    known = [lot.standstill for lot in page.lots if lot.draft.qualified]
    return any(one is None or one.first_day is None or on < one.first_day for one in known)


@login_needed
@require_http_methods(["GET", "HEAD", "POST"])
def take(
    request: HttpRequest, agreement_id: UUID, name: str, lot_id: UUID | None = None
) -> HttpResponse:
    """One step: what it means, its answers to check, saved."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = agreement_page(agreement_id, by=actor, on=timezone.localdate())
    if page is None or name not in STEPS or (name == "award") != (lot_id is not None):
        raise NotFound
    lots = {lot.card.id: lot.card.name for lot in page.lots}
    if lot_id is not None and lot_id not in lots:
        raise NotFound
    if not (regions_to_adopt(page, by=actor) if name == "adopt" else keeps(page.tenant, by=actor)):
        raise NotAllowed(permission=Permission.EDIT_AGREEMENTS.value)
    step = STEPS[name]
    form = _form(request, step, page, actor)
    context: dict[str, Any] = {
        "page": page,
        "agreement": page.card,
        "step": step,
        "form": form,
        "lot_name": lots.get(lot_id) if lot_id else "",
        "key": uuid4(),
    }
    if not form.is_bound or not form.is_valid():
        return _shown(request, context, refused=form.is_bound)
    if "save" not in request.POST:
        return _shown(request, context | {"answers": _answers(form)})
    try:
        return _saved(request, step, lot_id or agreement_id, form, agreement_id)
    except Refusal as refusal:
        said = refusal_sentence(refusal)
        told = {name: refusal.data.get(name) for name in DAYS}
        days = {name: date.fromisoformat(str(day)) for name, day in told.items() if day}
        return _shown(request, context | {"refusal": said, "about": days}, refused=True)


def _form(
    request: HttpRequest, step: Step, page: AgreementPage, actor: Actor
) -> DeedForm | SourceForm:
    sent = request.POST if request.method == "POST" and "change" not in request.POST else None
    first = request.POST.dict() if request.method == "POST" else {}
    if step.form is AdoptForm:
        return AdoptForm(sent, initial=first, regions=regions_to_adopt(page, by=actor))
    if issubclass(step.form, SourceForm):
        draft = drafts_of([page.card.id])[page.card.id]
        return SourceForm(
            sent, initial=first, draft=draft, place=Place("sources"), names=names_in([draft])
        )
    return step.form(sent, initial=first)


def _answers(form: DeedForm | SourceForm) -> list[tuple[str, str, str, object]]:
    """Label, name, what was sent and what it means, of each answer."""
    return [(str(f.label), f.name, str(f.value() or ""), _meant(form, f.name)) for f in form]


def _meant(form: DeedForm | SourceForm, name: str) -> object:
    value, field = form.cleaned_data[name], form.fields[name]
    return dict(getattr(field, "choices", ())).get(value, value)


def _shown(request: HttpRequest, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    status = 422 if refused else 200
    return render(request, "contracts/agreement_step.html", context, status=status)


def _saved(
    request: HttpRequest, step: Step, what: UUID, form: DeedForm | SourceForm, agreement_id: UUID
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()

    def work() -> Answer:
        step.save(actor, what, form.cleaned_data, now)
        return Answer(200, {})

    key = request.POST.get("key")
    once(by=actor, key=key, request=posted(request), now=now, work=work).or_refuse()
    messages.success(request, _("Sparat: %(step)s.") % {"step": step.label})
    return redirect("agreement", agreement_id=agreement_id)
