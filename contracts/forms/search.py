"""The form with which the register of agreements is searched."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.wording import worded
from contracts.models import Agreement
from contracts.selectors.agreement_search import AgreementSearch
from contracts.selectors.usable import ROUTES
from providers.models import Care, Region
from providers.selectors.clinics import care_name

FIELDS = {
    "sok": "text",
    "kopare": "buyer",
    "vard": "care",
    "form": "regime",
    "lage": "standing",
    "region": "home",
    "vag": "route",
}
"""Name in the address → name in the search."""


class AgreementSearchForm(forms.Form):
    """Who, with whom, about what; and the region that asks whether it may use them."""

    sok = forms.CharField(
        label=_("Avtal, säljare eller mottagning"), required=False, max_length=100
    )
    kopare = forms.ChoiceField(label=_("Region som köper"), required=False)
    vard = forms.ChoiceField(label=_("Vård"), required=False)
    form = forms.ChoiceField(label=_("Form"), required=False)
    lage = forms.ChoiceField(
        label=_("Läge"),
        required=False,
        choices=[
            ("", _("Alla")),
            ("in_force", _("Gäller")),
            ("ends_soon", _("Gäller, slutar snart")),
            ("not_yet", _("Gäller inte än")),
            ("not_signed", _("Inte undertecknat")),
            ("ended", _("Har upphört")),
        ],
    )
    region = forms.ChoiceField(label=_("Min region"), required=False)
    vag = forms.ChoiceField(
        label=_("Hur patienten kommer dit"),
        required=False,
        choices=list(
            zip(
                ROUTES,
                (
                    _("Vård i den egna regionen"),
                    _("Patienten väljer själv (öppen vård)"),
                    _("Regionen hänvisar, garantin är i fara"),
                    _("Patienten väljer sluten vård"),
                ),
                strict=True,
            )
        ),
        initial="free_choice",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = list(Region.objects.order_by("name").values_list("code", "name"))
        cares = sorted((str(care_name(care)), care.code) for care in Care.objects.all())
        self._offer("kopare", regions)
        self._offer("region", regions)
        self._offer("vard", [(code, name) for name, code in cares])
        self._offer("form", [(code, worded(code, "regime")) for code in Agreement.Regime.values])

    def search(self) -> AgreementSearch:
        """What is asked for; an answer that is none of the choices narrows nothing."""
        self.full_clean()
        given = getattr(self, "cleaned_data", {})
        named = {FIELDS[name]: value for name, value in given.items() if value}
        return AgreementSearch(**named)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Alla") if name != "region" else _("Ingen vald")), *choices]
