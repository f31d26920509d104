"""What a region enters of clinics that are designated for a care."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.actions.designations import Decided
from contracts.forms.fields import DayField, TextField
from contracts.models import Designation
from contracts.selectors.designations import clinics_for
from providers.forms.fields import asked_care
from providers.models import Care

BASES = (
    (
        Designation.Basis.NATIONAL,
        _("Nationell högspecialiserad vård: gäller all vård av det slaget"),
    ),
    (Designation.Basis.STRUCTURED, _("Nivåstrukturering: gäller sluten vård och hänvisning")),
)


class DesignatedCareForm(forms.Form):
    """For which care: it says which clinics there are to choose among."""

    vard = forms.ChoiceField(label=_("Vilken vård?"), error_messages={"required": _("Välj vård.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["vard"])
        field.choices = asked_care(Care.objects.order_by("name_sv"))


class DesignationForm(forms.Form):
    """A clinic, on which ground, as it stands where, from when."""

    clinic = forms.ChoiceField(
        label=_("Vilken mottagning är utsedd?"),
        error_messages={"required": _("Välj mottagning.")},
    )
    basis = forms.ChoiceField(
        label=_("På vilken grund?"),
        choices=BASES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj grund.")},
    )
    source = TextField(
        "source",
        label=_("Var står det?"),
        help_text=_("Vem som har beslutat, beslutets nummer och dag."),
    )
    valid_from = DayField(label=_("Gäller från och med"))
    valid_to = DayField(label=_("Gäller till och med"), required=False)

    def __init__(self, *args: Any, care: Care, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.care = care
        clinic = cast(forms.ChoiceField, self.fields["clinic"])
        clinic.choices = [
            ("", _("Välj mottagning")),
            *((str(k), name) for k, name in clinics_for(care.code)),
        ]
        if care.hospital_level != "national":
            cast(forms.ChoiceField, self.fields["basis"]).choices = BASES[1:]

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        found = super().clean() or {}
        first, last = found.get("valid_from"), found.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("Välj en dag som inte ligger före den första."))
        return found

    def decided(self, region: str) -> Decided:
        """What a valid form says, for a region's patients."""
        said = self.cleaned_data
        return Decided(
            region=region,
            care=self.care.code,
            clinic=UUID(said["clinic"]),
            basis=said["basis"],
            source=said["source"],
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
        )


class LastDayForm(forms.Form):
    """The last day of a designation."""

    last_day = DayField(label=_("Sista dag"))

    def day(self) -> date:
        """The day of a valid form."""
        found: date = self.cleaned_data["last_day"]
        return found
