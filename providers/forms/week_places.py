"""The form of a clinic that cannot name times yet: so many places of a care in a week."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from providers.actions.week_places import WeekPlaces
from providers.forms.fields import CareFormField, asked_care
from providers.forms.publishing import weeks_ahead
from providers.models import Care


class WeekPlacesForm(forms.Form):
    """Care, week and number; nought takes the week back."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    care = forms.ChoiceField(
        label=_("Vård"), error_messages={"required": _("Välj vilken vård platserna gäller.")}
    )
    care_form = CareFormField()
    week = forms.TypedChoiceField(
        label=_("Vecka"),
        coerce=date.fromisoformat,
        error_messages={"required": _("Välj en vecka som inte har börjat.")},
    )
    places = forms.IntegerField(
        label=_("Antal platser i veckan"),
        help_text=_("Räkna med dem som redan är bokade. Skriv 0 för att ta bort de lediga."),
        min_value=0,
        error_messages={
            "required": _("Skriv hur många platser veckan har."),
            "invalid": _("Skriv antalet med siffror, till exempel 8."),
            "min_value": _("Antalet kan inte vara lägre än 0."),
        },
    )

    def __init__(self, *args: Any, cares: Sequence[Care], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cares = {care.code: care for care in cares}
        cast(forms.ChoiceField, self.fields["care"]).choices = asked_care(cares)
        cast(forms.ChoiceField, self.fields["week"]).choices = list(weeks_ahead(now))[1:]
        if all(care.form != Care.Form.INPATIENT_OR_DAY for care in cares):
            del self.fields["care_form"]

    def clean_places(self) -> int:
        """At most as many as one statement may say."""
        places: int = self.cleaned_data["places"]
        if places > settings.WEEK_PLACES_MOST:
            most = _("Det går att säga högst %(most)s platser för en vecka.")
            raise forms.ValidationError(most, params={"most": settings.WEEK_PLACES_MOST})
        return places

    def stated(self) -> WeekPlaces:
        """What a valid form says; the form of care is asked for where the care may be either."""
        said = self.cleaned_data
        either = self.cares[said["care"]].form == Care.Form.INPATIENT_OR_DAY
        return WeekPlaces(
            care=said["care"],
            form=said.get("care_form", "") if either else "",
            week=said["week"],
            places=said["places"],
        )
