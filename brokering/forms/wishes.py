"""What somebody says who wants to be asked at short notice."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brokering.actions.short_notice import Manage
from brokering.forms import DISTANCES, KeyForm, read
from brokering.matching.readiness import asked_of

HOURS = (
    (2, _("2 timmar")),
    (6, _("6 timmar")),
    (24, _("1 dygn")),
    (48, _("2 dygn")),
    (96, _("4 dygn")),
)


class ReadyForm(KeyForm):
    """How soon, how late in the evening, and what is ready; nothing about health."""

    notice_hours = forms.TypedChoiceField(
        label=_("Så långt i förväg måste jag få veta"), choices=HOURS, coerce=int, initial=24
    )
    ready = forms.MultipleChoiceField(
        label=_("Bocka av det som stämmer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Du blir bara tillfrågad när allt är avbockat."),
    )
    late_evenings = forms.BooleanField(label="", required=False)

    def __init__(self, *args: Any, operation: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["ready"]).choices = [
            (code, gettext(f"ready.{code}")) for code in asked_of(operation=operation)
        ]
        hours = {"late": settings.EVENING_ENDS.hour, "usual": settings.QUIET_BEGINS.hour}
        self.fields["late_evenings"].label = (
            gettext(
                "Ni får höra av er fram till kl. %(late)s på kvällen (annars till kl. %(usual)s)"
            )
            % hours
        )

    def said(self) -> Manage:
        """What the person can manage; raises Invalid with errors by field."""
        found = read(self)
        return Manage(
            notice_hours=found["notice_hours"],
            max_distance_km=found.get("max_distance_km"),
            ready=frozenset(found["ready"]),
            late_evenings=found["late_evenings"],
        )


class ShortNoticeForm(ReadyForm):
    """The same of somebody who waits, and how far they would go."""

    max_distance_km = forms.TypedChoiceField(
        label=_("Så långt bort kan jag åka"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Hela landet")), *((km, f"{km} km") for km in DISTANCES)],
    )
    field_order = ("key", "notice_hours", "max_distance_km", "ready", "late_evenings")
