"""What the stories of the agreement register begin with: a clinic, its seller, a region's administrator."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from accounts.roles import Role
from accounts.tenancy import Actor, acting_as
from contracts.actions import agreement_states as states
from contracts.actions.agreement_states import Side
from contracts.actions.agreements import Amendment, amend_agreement, create_agreement
from contracts.drafts import AgreementDraft, CapDraft, LotDraft, OptionDraft, PriceDraft
from contracts.lifecycle import AgreementState
from contracts.models import Agreement
from contracts.selectors.drafts import drafts_of
from providers.models import Clinic
from tests.factories import EYES, NOW, TODAY, a_clinic, a_region, acting, staff

LONG_AGO = timedelta(days=40)
YEAR = timedelta(days=365)


def administrator(region: str = "01") -> Actor:
    """Who edits the agreements of a region."""
    return acting(staff(Role.REGION_ADMINISTRATOR, a_region(region).tenant))


def a_lot(clinic: Clinic, **also: Any) -> LotDraft:
    """One lot for all cares of the clinic."""
    cares = tuple(sorted(care.code for care in clinic.cares.all()))
    return LotDraft(**({"name": "Del 1", "clinic": clinic.hsa_id, "cares": cares} | also))


def a_draft(clinic: Clinic | None = None, *, lot: dict[str, Any] | None = None, **also: Any):
    """An LOU agreement of Region Stockholm, for a year from today."""
    clinic = clinic or a_clinic()
    fields: dict[str, Any] = {
        "name": "Påhittat avtal om ögon",
        "regime": "lou",
        "party": a_region("01").organisation_number,
        "seller": clinic.provider.organisation_number,
        "buyers": ("01",),
        "valid_from": TODAY,
        "valid_to": TODAY + YEAR,
        "lots": (a_lot(clinic, **(lot or {})),),
    }
    return AgreementDraft(**fields | also)


def rich_draft(clinic: Clinic, **also: Any) -> AgreementDraft:
    """A draft with caps, prices, options and a term that only the parties see."""
    lot = {
        "age_min": 18,
        "caps": (
            CapDraft(places=10, period="year"),
            CapDraft(places=2, period="month", region="01"),
        ),
        "prices": (PriceDraft(care=EYES, model="per_unit", valid_from=TODAY, amount=1200),),
    }
    options = (OptionDraft(months=12), OptionDraft(months=12))
    return a_draft(
        clinic, lot=lot, options=options, confidentiality=(("prices", "parties"),), **also
    )


def created(draft: AgreementDraft, by: Actor) -> Agreement:
    """A draft that has been saved."""
    with acting_as(by):
        return stored(create_agreement(by=by, draft=draft, now=NOW))


def stored(agreement_id) -> Agreement:
    """The agreement as it is now."""
    return Agreement.objects.get(id=agreement_id)


def does(action, by: Actor, row: Agreement, **also: Any) -> Any:
    """Carry out an action on an agreement in a transaction of its own."""
    with acting_as(by):
        return action(by=by, agreement=row.id, **{"now": NOW, **also})


def awarded(draft: AgreementDraft, by: Actor) -> Agreement:
    """An LOU agreement whose seller has been chosen and not been told."""
    row = created(draft, by)
    for state in ("advertised", "evaluating", "awarded"):
        does(states.advance_agreement, by, row, to=AgreementState(state))
    return stored(row.id)


def told(row: Agreement, by: Actor, on=TODAY - LONG_AGO, **also: Any) -> Agreement:
    """The award of every lot has been sent out."""
    for lot in row.lots.all():
        with acting_as(by):
            states.notify_award(by=by, lot=lot.id, on=on, now=NOW, **also)
    return stored(row.id)


def active(draft: AgreementDraft, by: Actor) -> Agreement:
    """An LOU agreement in force."""
    row = told(awarded(draft, by), by)
    for side in Side:
        does(states.sign_agreement, by, row, side=side, on=TODAY)
    does(states.activate_agreement, by, row)
    return stored(row.id)


def amended(row: Agreement, by: Actor, first_day, **changes: Any) -> Agreement:
    """A new version of an agreement from a day, signed by both today."""
    draft = replace(drafts_of([row.id])[row.id], **changes)
    amendment = Amendment(
        draft=draft, first_day=first_day, signed_by_party_on=TODAY, signed_by_seller_on=TODAY
    )
    return stored(does(amend_agreement, by, row, amendment=amendment))
