"""What comes in to the calculator: a question about care, never about who asks."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from brokering.forms import EXTRAS, NOTHING, OWN, REGIMES, QuestionForm, known
from brokering.law.facts import CareForm, Issuer
from brokering.selectors.calculator import Wondering
from contracts.terms import Regime
from providers.models import Care, Region


class CalculatorForm(QuestionForm):
    """A question that anyone may ask. No birth date and no name: nothing in it names a person."""

    care_region = forms.CharField(
        label=_("Vilken region har mottagningen avtal med?"),
        widget=forms.Select,
        help_text=_("Det är avtalet som avgör, inte var huset står."),
    )
    regime = forms.ChoiceField(label=_("Vilket slags avtal?"), required=False, choices=REGIMES)
    form = forms.ChoiceField(
        label=_("Vårdform"),
        required=False,
        choices=[
            (CareForm.OPEN, _("Hem samma dag (öppen vård)")),
            (CareForm.INPATIENT, _("Läggas in (sluten vård)")),
        ],
    )
    arranged = forms.ChoiceField(
        label=_("Vem ordnar tiden?"),
        required=False,
        choices=[("self", _("Jag väljer själv")), ("region", _("Min region ordnar den"))],
    )
    issued_on = forms.DateField(
        label=_("När skrevs remissen?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Vårdgarantin räknas från den dagen, inte från när den kom fram."),
    )
    extras = forms.MultipleChoiceField(
        label=_("Vad följer med remissen?"),
        required=False,
        choices=EXTRAS,
        widget=forms.CheckboxSelectMultiple,
    )
    guarantee = forms.ChoiceField(
        label=_("Vilken vårdgaranti?"),
        required=False,
        choices=[
            ("usual", _("Den som vården brukar ha")),
            ("besok", _("Besök i den specialiserade vården")),
            ("behandling", _("Behandling som är beslutad")),
            ("none", _("Ingen")),
        ],
    )
    decided_on = forms.DateField(
        label=_("När beslutades behandlingen?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    approved = forms.BooleanField(
        label=_("Min hemregion har godkänt vården"),
        required=False,
        help_text=_("Behövs när du ska läggas in i en annan region."),
    )
    on = forms.DateField(
        label=_("Vilken dags regler?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Lämna tomt för i dag."),
    )
    field_order = (
        *("care", "home_region", "care_region", "regime", "form", "arranged", "age"),
        *("referral", "issued_on", "issuer", "issuer_region", "extras"),
        *("guarantee", "decided_on", "approved", "on"),
    )
    """Every field, in the order of the address: from the visit to the remiss and what follows from it."""

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        regions = self.offer_regions()
        self.offer("care_region", [NOTHING, (OWN, _("Min egen region")), *regions])

    def clean(self) -> dict[str, Any]:
        """Codes must be known; "my own region" needs a region, and days may not lie before the law."""
        found = super().clean() or {}
        if found.get("care_region") == OWN:
            self._own_region()
        else:
            known(self, "care_region", Region)
        return found

    def _own_region(self) -> None:
        home = self.cleaned_data.get("home_region")
        if home:
            self.cleaned_data["care_region"] = home
        else:
            self.add_error("home_region", _("Välj din hemregion, så vet vi vilken din region är."))

    def wondering(self, *, today: date) -> Wondering:
        """The question of a valid form; what is left out is asked about today and the usual."""
        said = self.cleaned_data
        return Wondering(
            on=said["on"] or today,
            care=said["care"],
            care_region=said["care_region"],
            home_region=said["home_region"] or None,
            form=_form_of(Care.objects.get(code=said["care"]), said["form"]),
            regime=Regime(said["regime"]) if said["regime"] else None,
            region_arranges=said["arranged"] == "region",
            has_remiss=said["referral"] == "yes",
            issued_on=said["issued_on"],
            issuer=said["issuer"] or Issuer.ALLMANLAKARE,
            issuer_region=said["issuer_region"] or None,
            extras=frozenset(said["extras"]),
            age=said["age"],
            guarantee=said["guarantee"] or "usual",
            decided_on=said["decided_on"],
            approved=said["approved"],
        )


def _form_of(care: Care, chosen: str) -> CareForm:
    """The catalogue says the form, except where the care may be given in either."""
    if care.form in set(CareForm):
        return CareForm(care.form)
    return CareForm(chosen) if chosen else CareForm.OPEN
