"""The form with which a clinic names the time of a booked place in a week."""

from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from brokering.forms import KeyForm
from providers.forms.fields import ClockField, LengthField
from providers.models import Slot
from providers.patterns import SWEDEN, swedish_moment
from providers.week_places import possible_days


class NamingForm(KeyForm):
    """Day of the week, time of day and length."""

    on = forms.TypedChoiceField(
        label=_("Dag"),
        coerce=date.fromisoformat,
        error_messages={"required": _("Välj en dag i veckan.")},
    )
    starts = ClockField(label=_("Klockan"))
    minutes = LengthField(initial=60)

    def __init__(self, *args: Any, slot: Slot, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = possible_days(slot.statement_id is not None, slot.starts_at, slot.ends_at)
        first = max(first, now.astimezone(SWEDEN).date())
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        cast(forms.ChoiceField, self.fields["on"]).choices = [
            (day.isoformat(), date_format(day, "l j F")) for day in days
        ]

    def clean(self) -> dict[str, Any]:
        """The clock shows the time that day: once a year it jumps over an hour."""
        said = super().clean() or {}
        if {"on", "starts"} <= said.keys() and swedish_moment(said["on"], said["starts"]) is None:
            self.add_error("starts", _("Klockan hoppar över den timmen den dagen. Välj en annan."))
        return said

    def time(self) -> tuple[datetime, datetime]:
        """When the visit begins and ends, of a valid form."""
        starts_at = swedish_moment(self.cleaned_data["on"], self.cleaned_data["starts"])
        assert starts_at is not None
        return starts_at, starts_at + timedelta(minutes=self.cleaned_data["minutes"])
