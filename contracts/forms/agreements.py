"""Forms for the parts of an agreement; each makes one part of the whole that its region writes."""

from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.wording import worded
from contracts.drafts import (
    CONFIDENTIAL,
    LONGEST,
    AgreementDraft,
    OptionDraft,
    SourceDraft,
)
from contracts.forms.fields import DayField
from contracts.forms.lots import CapForm, FollowOnForm, LotForm, PriceForm
from contracts.forms.part import Choices, PartForm
from contracts.models import Agreement, Party
from providers.models import Provider

CODED = {
    "regime": Agreement.Regime.values,
    "cooperation": Agreement.Cooperation.values,
    "open_for_others": Agreement.OpenForOthers.values,
}


class OwnTermsForm(PartForm):
    """The agreement's own terms: the parties, the form, who may use it and how long."""

    name = forms.CharField(label=_("Namn"), max_length=LONGEST["name"])
    reference = forms.CharField(
        label=_("Diarienummer"),
        required=False,
        max_length=LONGEST["reference"],
        help_text=_("Behövs för att avtalet ska kännas igen när det läses in från en fil."),
    )
    regime = forms.ChoiceField(
        label=_("Form"),
        help_text=_(
            "Egen regi: regionens egen vård. LOU: upphandlat. LOV: valfrihet. LOL och LOF: etableringar."
        ),
    )
    cooperation = forms.ChoiceField(
        label=_("Samverkan"),
        help_text=_(
            "Köper flera regioner tillsammans binder avtalet en region först när den har anslutit sig."
        ),
    )
    party = forms.ChoiceField(
        label=_("Skriver under för köparna"),
        required=False,
        help_text=_(
            "En region eller ett kommunalförbund. En samverkansregion kan inte sluta avtal."
        ),
    )
    seller = forms.ChoiceField(label=_("Säljare"))
    buyers = forms.MultipleChoiceField(label=_("Köpare"), widget=forms.CheckboxSelectMultiple)
    usable_by = forms.MultipleChoiceField(
        label=_("Får också användas av"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Andra regioner som får avropa avtalet."),
    )
    open_for_others = forms.ChoiceField(
        label=_("Öppet för patienter från andra regioner"),
        help_text=_("Öppen vård är alltid öppen för alla, vad texten än säger."),
    )
    valid_from = DayField(label=_("Första dagen"))
    valid_to = DayField(
        label=_("Sista dagen"), required=False, help_text=_("Tomt: gäller tills vidare.")
    )
    valid_to_at_most = DayField(
        label=_("Längst till"),
        required=False,
        help_text=_("Så långt optioner får förlänga avtalet."),
    )
    source_document = forms.CharField(
        label=_("Källa för hela avtalet"),
        required=False,
        max_length=LONGEST["source_document"],
        help_text=_("Beslut, diarienummer eller adress."),
    )

    def prepare(self) -> None:
        """Regions, sellers and parties of the register."""
        regions = sorted(self.names.regions.items(), key=lambda pair: pair[1])
        self.offer("buyers", regions)
        self.offer("usable_by", regions)
        for name, codes in CODED.items():
            self.offer(name, ((code, worded(code, name)) for code in codes))
        parties = Party.objects.values_list("organisation_number", "name")
        self.offer("party", parties, empty=_("Ingen är angiven"))
        sellers = Provider.objects.order_by("name").values_list("organisation_number", "name")
        self.offer("seller", sellers, empty=_("Välj"))

    def part(self) -> AgreementDraft:
        """The whole agreement with these terms."""
        given = self.cleaned_data | {
            "buyers": tuple(sorted(self.cleaned_data["buyers"])),
            "usable_by": tuple(sorted(self.cleaned_data["usable_by"])),
            "party": self.cleaned_data["party"] or None,
        }
        return replace(self.draft, **given) if self.draft else AgreementDraft(**given)


class ConfidentialityForm(PartForm):
    """Who may see what; what decides where patients may go is always open."""

    hint = _(
        "Villkor som avgör vart patienter får gå är alltid öppna. Det här kan hållas inom kretsen."
    )
    reference = forms.ChoiceField(label=_("Diarienummer"))
    prices = forms.ChoiceField(label=_("Pris"))
    caps = forms.ChoiceField(label=_("Volymtak"))
    options = forms.ChoiceField(label=_("Optioner att förlänga"))
    sources = forms.ChoiceField(label=_("Källor"))

    def prepare(self) -> None:
        """The three levels for each term."""
        levels = (_("öppet för alla"), _("bara för regionerna"), _("bara för parterna"))
        for name in CONFIDENTIAL:
            self.offer(name, zip(("public", "regions", "parties"), levels, strict=True))

    def part(self) -> AgreementDraft:
        """The whole agreement with this confidentiality."""
        assert self.draft is not None
        kept = [(term, level) for term, level in self.cleaned_data.items() if level != "public"]
        return replace(self.draft, confidentiality=tuple(sorted(kept)))


class OptionForm(PartForm):
    """One option to extend the agreement."""

    hint = _("En option låter regionen förlänga avtalet utan ny upphandling.")
    months = forms.IntegerField(label=_("Antal månader"), min_value=1, max_value=600)
    decide_by = DayField(
        label=_("Beslut senast"), required=False, help_text=_("Tomt: senast sista dagen.")
    )

    def part(self) -> OptionDraft:
        """The option."""
        return OptionDraft(**self.cleaned_data)


class SourceForm(PartForm):
    """Where a term can be read, and what stands there."""

    hint = _(
        "Säger två dokument olika saker visas det som en konflikt. Systemet väljer aldrig åt dig."
    )
    lot = forms.ChoiceField(label=_("Anbudsområde"), required=False)
    field = forms.ChoiceField(label=_("Villkor"))
    title = forms.CharField(label=_("Dokument"), max_length=LONGEST["title"])
    says = forms.CharField(label=_("Så står det"), max_length=LONGEST["says"])
    url = forms.CharField(label=_("Adress"), required=False, max_length=LONGEST["url"])
    sha256 = forms.CharField(
        label=_("SHA-256"),
        required=False,
        max_length=64,
        help_text=_("Dokumentets fingeravtryck: då syns det om dokumentet har bytts ut."),
    )
    retrieved_on = DayField(label=_("Hämtat den"))

    def prepare(self) -> None:
        """The lots so far, and the terms that a document may speak of."""
        assert self.draft is not None
        own = _("Hela avtalet")
        self.offer("lot", ((lot.name, lot.name) for lot in self.draft.lots), empty=own)
        self.offer("field", FIELD_WORDS)

    def part(self) -> SourceDraft:
        """The source."""
        return SourceDraft(**self.cleaned_data)


FIELD_WORDS: Choices = [
    ("valid_from", _("Första dagen")),
    ("valid_to", _("Sista dagen")),
    ("valid_to_at_most", _("Längst till")),
    ("options", _("Optioner att förlänga")),
    ("seller", _("Säljare")),
    ("buyers", _("Köpare")),
    ("usable_by", _("Får också användas av")),
    ("open_for_others", _("Öppet för patienter från andra regioner")),
    ("cares", _("Vård")),
    ("age_min", _("Från och med ålder")),
    ("age_max", _("Till och med ålder")),
    ("bmi_max", _("Högsta BMI")),
    ("asa_max", _("Högsta ASA-klass")),
    ("excluded_needs", _("Tar inte emot patienter med")),
    ("accepts_referrer_assessment", _("Godtar remittentens bedömning")),
    ("follow_ons", _("Reserverad behandling efter utredning")),
    ("caps", _("Volymtak")),
    ("prices", _("Pris")),
]
FORMS: dict[str, type[PartForm]] = {
    "base": OwnTermsForm,
    "confidentiality": ConfidentialityForm,
    "lots": LotForm,
    "caps": CapForm,
    "prices": PriceForm,
    "follow_ons": FollowOnForm,
    "options": OptionForm,
    "sources": SourceForm,
}
"""The form for each kind of place."""


def answers_of(part: Any, kind: str) -> dict[str, Any]:
    """A part as its form's first answers."""
    if part is None:
        return {}
    if kind == "confidentiality":
        return dict.fromkeys(CONFIDENTIAL, "public") | dict(part.confidentiality)
    answers = asdict(part)
    if kind == "lots":
        answers["excluded_needs"] = ", ".join(part.excluded_needs)
    return answers
