"""The form with which a clinic is closed for a time by decision."""

from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brokering.actions.restrictions import Closure
from brokering.forms import KeyForm
from contracts.forms.fields import DayField
from providers.codes import RestrictionReason
from providers.forms.fields import care_choices
from providers.models import Clinic
from providers.patterns import SWEDEN
from providers.selectors.clinics import cares_of


class ClosingForm(KeyForm):
    """First and last day, one care or all, why, and where the decision can be read."""

    care = forms.ChoiceField(label=_("Vad stängs?"), required=False)
    first = DayField(
        label=_("Första stängda dag"), required_words=_("Välj den första stängda dagen.")
    )
    last = DayField(label=_("Sista stängda dag"), required_words=_("Välj den sista stängda dagen."))
    reason = forms.ChoiceField(
        label=_("Varför?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj varför mottagningen stänger.")},
    )
    decision_reference = forms.CharField(
        label=_("Beslutets diarienummer"),
        help_text=_("Så att den som undrar kan läsa beslutet, till exempel RS 2026-0815."),
        max_length=80,
        error_messages={"required": _("Skriv var beslutet kan läsas.")},
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        cares = care_choices(cares_of(clinic))
        cast(forms.ChoiceField, self.fields["care"]).choices = [
            ("", _("Hela mottagningen")),
            *cares,
        ]
        cast(forms.ChoiceField, self.fields["reason"]).choices = [
            (one.value, gettext(f"restriction_reason.{one.value}")) for one in RestrictionReason
        ]

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        said = super().clean() or {}
        if {"first", "last"} <= said.keys() and said["last"] < said["first"]:
            self.add_error("last", _("Den sista dagen kan inte ligga före den första."))
        return said

    def closure(self) -> Closure:
        """What a valid form decides: whole Swedish days."""
        said = self.cleaned_data
        clinic: UUID = self.clinic.id
        return Closure(
            clinic=clinic,
            care=said["care"] or None,
            begins_at=datetime.combine(said["first"], time(), SWEDEN),
            ends_at=datetime.combine(said["last"] + timedelta(days=1), time(), SWEDEN),
            reason=RestrictionReason(said["reason"]),
            decision_reference=said["decision_reference"],
        )
