"""Writing an agreement: part by part, read what it would change, save. Nothing is stored before that."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import access_permission, login_needed, requires
from accounts.actions.outcomes import Answer, once
from accounts.errors import Invalid, NotAllowed, NotFound, Refusal
from accounts.forms import posted
from accounts.roles import Permission
from accounts.templatetags.wording import refusal_sentence
from accounts.tenancy import Actor
from contracts.access import keeps
from contracts.actions.agreements import (
    Amendment,
    amend_agreement,
    create_agreement,
    revise_agreement,
)
from contracts.drafts import AgreementDraft, Fault, differences
from contracts.exchange.structured import Unreadable, as_json, from_json
from contracts.forms.agreements import FORMS, answers_of
from contracts.forms.deeds import AmendForm
from contracts.forms.parts import LOT_LISTS, Place, part_at, place_of, put, without
from contracts.lifecycle import DRAFTS, AgreementState
from contracts.models import Agreement
from contracts.selectors.agreement_names import Names, names_in
from contracts.selectors.drafts import drafts_of, faults_in_register
from providers.models import Region

page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, kw_only=True)
class Desk:
    """An agreement on somebody's desk: as it is stored, as it is written so far, and what saving it does."""

    actor: Actor
    title: str
    stored: AgreementDraft | None
    """None for a new agreement."""
    draft: AgreementDraft | None
    agreement: Agreement | None = None
    amends: bool = False
    """Whether the terms are in force, so that saving makes a new version of them."""

    @property
    def names(self) -> Names:
        """Names for all codes on the desk."""
        return names_in([draft for draft in (self.stored, self.draft) if draft])


@requires(Permission.EDIT_AGREEMENTS)
@page
def new(request: HttpRequest) -> HttpResponse:
    """Begin an agreement."""
    desk = Desk(
        actor=_actor(request), title=_("Nytt avtal"), stored=None, draft=_sent_draft(request)
    )
    return _work(request, desk)


@login_needed
@page
def change(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Write the terms anew before they are signed; amend them once they are in force."""
    actor = access_permission(_actor(request), Permission.EDIT_AGREEMENTS)
    row = Agreement.objects.filter(id=agreement_id).first()
    if row is None:
        raise NotFound
    if not keeps(row.tenant_id, by=actor):
        raise NotAllowed(permission=Permission.EDIT_AGREEMENTS.value)
    stored = drafts_of([row.id])[row.id]
    amends = AgreementState(row.state) not in DRAFTS
    desk = Desk(
        actor=actor,
        title=_("Ändra avtalet") if amends else _("Skriv avtalet"),
        stored=stored,
        draft=_sent_draft(request) or stored,
        agreement=row,
        amends=amends,
    )
    return _work(request, desk)


def _work(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What the pressed button asks for; without one, the desk, or the first form of a new agreement."""
    if desk.draft is None or "put" in request.POST or "open" in request.POST:
        return _part(request, desk)
    if "remove" in request.POST:
        place = place_of(request.POST["remove"], desk.draft)
        return _laid_out(request, desk, without(desk.draft, place) if place else desk.draft)
    if "check" in request.POST or "save" in request.POST:
        return _read(request, desk)
    return _laid_out(request, desk, desk.draft)


def _part(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form of one part; once it is filled in, the desk with it."""
    path = request.POST.get("put") or request.POST.get("open") or "base"
    place = place_of(path, desk.draft) if desk.draft else Place("base")
    if place is None:
        raise NotFound
    sent = request.POST if "put" in request.POST else None
    answers = _first_answers(desk, place)
    kind = FORMS[place.kind]
    form = kind(sent, draft=desk.draft, place=place, names=desk.names, initial=answers)
    if form.is_bound and form.is_valid():
        part = form.part()
        return _laid_out(request, desk, put(desk.draft, place, part) if desk.draft else part)
    context = {"form": form, "place": place}
    status = 422 if form.is_bound else 200
    return render(
        request,
        "contracts/agreement_part.html",
        _about(desk, desk.draft) | context,
        status=status,
    )


def _first_answers(desk: Desk, place: Place) -> dict[str, Any]:
    """What the form begins with; a new agreement is bought and signed for by the actor's own region."""
    if desk.draft:
        return answers_of(part_at(desk.draft, place), place.kind)
    own = Region.objects.filter(
        tenant_id__in=desk.actor.tenants_where(Permission.EDIT_AGREEMENTS)
    ).first()
    return {"buyers": [own.code], "party": own.organisation_number} if own else {}


def _laid_out(
    request: HttpRequest,
    desk: Desk,
    draft: AgreementDraft,
    faults: tuple[Fault, ...] = (),
) -> HttpResponse:
    context = _about(desk, draft) | {"faults": faults}
    return render(request, "contracts/agreement_desk.html", context, status=422 if faults else 200)


def _read(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Everything that saving would change; then saved."""
    assert desk.draft is not None
    faults = faults_in_register(desk.draft)
    if faults:
        return _laid_out(request, desk, desk.draft, faults)
    saves = "save" in request.POST
    form = AmendForm(request.POST if saves else None, signed=_is_signed(desk))
    if saves and (not desk.amends or form.is_valid()):
        try:
            return _saved(request, desk, form)
        except (NotAllowed, Invalid):
            raise
        except Refusal as refusal:
            return _checked(request, desk, form, refusal)
    return _checked(request, desk, form)


def _checked(
    request: HttpRequest, desk: Desk, form: AmendForm, refusal: Refusal | None = None
) -> HttpResponse:
    context = _about(desk, desk.draft) | {
        "form": form if desk.amends else None,
        "key": uuid4(),
        "refusal": refusal and refusal_sentence(refusal),
    }
    status = 422 if refusal or (form.is_bound and desk.amends) else 200
    return render(request, "contracts/agreement_check.html", context, status=status)


def _saved(request: HttpRequest, desk: Desk, form: AmendForm) -> HttpResponse:
    now = timezone.now()

    def work() -> Answer:
        return Answer(200, {"agreement": str(_stored(desk, form, now))})

    key = request.POST.get("key")
    answer = once(by=desk.actor, key=key, request=posted(request), now=now, work=work).or_refuse()
    messages.success(request, _("Avtalet är sparat."))
    return redirect("agreement", agreement_id=UUID(answer.body["agreement"]))


def _stored(desk: Desk, form: AmendForm, now: datetime) -> UUID:
    assert desk.draft is not None
    row = desk.agreement
    if row is None:
        return create_agreement(by=desk.actor, draft=desk.draft, now=now)
    if desk.amends:
        amendment = Amendment(draft=desk.draft, **form.cleaned_data)
        return amend_agreement(by=desk.actor, agreement=row.id, amendment=amendment, now=now)
    revise_agreement(by=desk.actor, agreement=row.id, draft=desk.draft, now=now)
    return row.id


def _is_signed(desk: Desk) -> bool:
    return desk.agreement is not None and desk.agreement.signed_by_party_on is not None


def _about(desk: Desk, draft: AgreementDraft | None) -> dict[str, Any]:
    changed = differences(desk.stored, draft) if desk.stored and draft else ()
    return {
        "desk": desk,
        "draft": draft,
        "written": json.dumps(as_json(draft), ensure_ascii=False) if draft else "",
        "names": names_in([one for one in (desk.stored, draft) if one]),
        "differences": changed,
        "hides": {},
        "lot_lists": LOT_LISTS,
        "own_lists": ("options", "sources"),
    }


def _sent_draft(request: HttpRequest) -> AgreementDraft | None:
    """The agreement as it has been written so far, which every page of the desk sends along."""
    text = request.POST.get("written", "")
    if not text:
        return None
    try:
        return from_json(json.loads(text))
    except (ValueError, Unreadable, RecursionError) as error:
        raise Invalid(fields={"written": [str(error)]}) from error


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
