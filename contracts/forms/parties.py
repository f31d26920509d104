"""The form with which a kommunalförbund is registered as one who may sign."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.actions.parties import NewParty
from contracts.forms.deeds import DeedForm
from contracts.models import Party
from contracts.selectors.parties import is_registered
from providers.codes import BadCode, OrganisationNumber
from providers.models import Region


class PartyForm(DeedForm):
    """Name, number, members and the decision; the region that registers is a member itself."""

    name = forms.CharField(label=_("Kommunalförbundets namn"), max_length=200)
    organisation_number = forms.CharField(
        label=_("Organisationsnummer"), max_length=11, help_text=_("Tio siffror.")
    )
    members = forms.MultipleChoiceField(
        label=_("Regioner som det skriver på för"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Minst två. Din egen region ska vara en av dem."),
    )
    transfer_reference = forms.CharField(
        label=_("Beslut om överlåten befogenhet"),
        max_length=200,
        help_text=_("Diarienummer, eller var beslutet finns att läsa."),
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        regions = Region.objects.order_by("code").values_list("code", "name")
        cast(forms.MultipleChoiceField, self.fields["members"]).choices = list(regions)

    def clean_organisation_number(self) -> str:
        """Ten digits without the hyphen that is often written; nobody else's."""
        text: str = self.cleaned_data["organisation_number"].replace("-", "")
        try:
            OrganisationNumber(text)
        except BadCode as bad:
            raise forms.ValidationError(
                _("Det är inget svenskt organisationsnummer. Kontrollera siffrorna.")
            ) from bad
        if is_registered(text):
            raise forms.ValidationError(_("Det numret finns redan bland parterna."))
        return text

    def clean_members(self) -> list[str]:
        """The own region first: it keeps the record."""
        members: list[str] = self.cleaned_data["members"]
        if self.own not in members:
            raise forms.ValidationError(_("Din egen region ska vara en av medlemmarna."))
        return [self.own, *(code for code in members if code != self.own)]

    def party(self) -> NewParty:
        """What a valid form says."""
        return NewParty(kind=Party.Kind.MUNICIPAL_FEDERATION, **self.cleaned_data)
