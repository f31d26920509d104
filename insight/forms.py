"""What is asked of figures, plans and the deviation ledger."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.errors import Invalid
from accounts.templatetags.wording import worded
from brokering.matching.bypasses import codes
from insight.selectors.bypasses import Asked, monday_of_week
from insight.selectors.visibility import Kind
from providers.models import Care, Region


class KindForm(forms.Form):
    """For what kind of person a clinic's times are looked at; nobody in particular."""

    home_region = forms.ChoiceField(label=_("Hemregion"), required=False)
    age = forms.IntegerField(label=_("Ålder"), required=False, min_value=0, max_value=120)
    referral = forms.ChoiceField(
        label=_("Remiss"), required=False, choices=[("yes", _("Har remiss")), ("no", _("Ingen"))]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = [(one.code, one.name) for one in Region.objects.order_by("name")]
        field = self.fields["home_region"]
        field.choices = [("", _("Inte valt")), *regions]  # type: ignore[attr-defined]

    def kind(self) -> Kind:
        """The kind of person; a remiss there is unless told otherwise. Raises Invalid by field."""
        if not self.is_valid():
            raise Invalid(fields=self.errors.get_json_data())
        said = self.cleaned_data
        return Kind(
            home_region=said["home_region"] or None,
            age=said["age"],
            remiss=said["referral"] != "no",
        )


class PlanForm(forms.Form):
    """For which care and which regions one plans; a group of regions is named by the regions in it."""

    care = forms.ModelChoiceField(
        label=_("Vård"), queryset=Care.objects.order_by("name_sv"), empty_label=None
    )
    region = forms.ModelMultipleChoiceField(
        label=_("Regioner"), queryset=Region.objects.order_by("name")
    )

    def asked(self) -> tuple[Care, list[Region]]:
        """The care, and the regions by name; raises Invalid by field."""
        if not self.is_valid():
            raise Invalid(fields=self.errors.get_json_data())
        return self.cleaned_data["care"], list(self.cleaned_data["region"])


class LedgerForm(forms.Form):
    """Which part of the deviation ledger is shown."""

    care = forms.ModelChoiceField(
        label=_("Vård"),
        queryset=Care.objects.order_by("name_sv"),
        required=False,
        empty_label=_("All vård"),
    )
    region = forms.ModelChoiceField(
        label=_("De som gick miste bor i"),
        queryset=Region.objects.order_by("name"),
        required=False,
        empty_label=_("Alla regioner"),
    )
    week = forms.CharField(label=_("Vecka (som 2027-W14)"), required=False, max_length=8)
    code = forms.ChoiceField(label=_("Skäl"), required=False)
    cursor = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = [(code, worded(code, "bypass")) for code in codes()]
        field = self.fields["code"]
        field.choices = [("", _("Alla skäl")), *reasons]  # type: ignore[attr-defined]

    def clean_week(self) -> date | None:
        """The week's Monday."""
        said = self.cleaned_data["week"]
        monday = monday_of_week(said)
        if said and monday is None:
            raise forms.ValidationError(_("Skriv år och vecka, som 2027-W14."), code="week")
        return monday

    def asked(self) -> Asked:
        """The part that is asked for; raises Invalid by field."""
        if not self.is_valid():
            raise Invalid(fields=self.errors.get_json_data())
        said = self.cleaned_data
        return Asked(
            care=said["care"],
            region=said["region"],
            week=said["week"],
            code=said["code"],
            after=said["cursor"],
        )
