"""What comes in from those who refer and receive: a remiss, a decision, a word about the date, a report."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Case, When
from django.utils.translation import gettext_lazy as _

from brokering.actions.registration import Follows, Need, Remiss, TreatmentDecision
from brokering.forms import EXTRAS, ISSUERS, KeyForm, grouped_cares
from brokering.law.facts import CareKind, Guarantee
from brokering.notes import Evidence
from brokering.selectors.seekers import guarantee_of
from contracts.forms.fields import DayField
from providers.models import Care, Clinic
from providers.selectors.clinics import care_name

NEED_CLASSES = (
    ("1", _("1 – högst")),
    ("2", "2"),
    ("3", "3"),
    ("4", _("4 – lägst")),
)
DAYS_BETWEEN = 730
"""So many days between two times that are given together at most: two years."""
NUMBER = r"^\d{8}[-+]?[\dT]\d{3}$"
"""A personal identity number with its century, or a reserve number; the hyphen may be left out."""


def plain_number(text: str) -> str:
    """A personal identity number as it is looked up: without hyphen and spaces."""
    return text.replace("-", "").replace("+", "").replace(" ", "")


class NeedForm(KeyForm):
    """The clinician's own word on the need: class and target date."""

    priority = forms.ChoiceField(
        label=_("Behov"),
        choices=NEED_CLASSES,
        widget=forms.RadioSelect,
        help_text=_("Den medicinska bedömningen. Den går före allt annat i kön."),
        error_messages={"required": _("Välj hur stort behovet är.")},
    )
    target_on = DayField(
        label=_("Måldatum"),
        required=False,
        help_text=_("Senaste dag av medicinska skäl, om den är tidigare än vårdgarantins."),
    )

    def need(self) -> Need:
        """What a valid form says of the need."""
        said = self.cleaned_data
        return Need(priority=int(said["priority"]), target_on=said["target_on"])


class RemissForm(NeedForm):
    """A remiss. The number names a person: it is posted, never in an address, and not shown again."""

    number = forms.RegexField(
        label=_("Personnummer"),
        regex=NUMBER,
        strip=True,
        max_length=20,
        help_text=_("Tolv siffror. Personen ska höra till din region."),
        error_messages={"invalid": _("Skriv personnumret med tolv siffror, ååååmmddnnnn.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    clinic = forms.ChoiceField(
        label=_("Vilken mottagning?"),
        error_messages={"required": _("Välj mottagning.")},
    )
    issued_on = DayField(
        label=_("När skrevs remissen?"),
        help_text=_("Vårdgarantin räknas från den dagen, inte från när den kom fram."),
    )
    issuer = forms.ChoiceField(label=_("Vem skrev remissen?"), choices=ISSUERS)
    extras = forms.MultipleChoiceField(
        label=_("Vad följer med remissen?"),
        required=False,
        choices=EXTRAS,
        widget=forms.CheckboxSelectMultiple,
    )
    decided_on = DayField(
        label=_("När beslutades behandlingen?"),
        required=False,
        help_text=_("Bara för en behandling som redan är beslutad."),
    )

    follows = forms.ChoiceField(
        label=_("Ska en behandling reserveras samtidigt?"),
        required=False,
        help_text=_(
            "Patienten får då båda tiderna på samma mottagning, eller ingen av dem. Mottagningen måste ge"
            " behandlingen."
        ),
    )
    days = forms.IntegerField(
        label=_("Minst så många dagar emellan"),
        required=False,
        min_value=0,
        max_value=DAYS_BETWEEN,
        help_text=_("Lämna tomt om behandlingen bara ska komma efter besöket."),
    )

    field_order = (
        *("number", "clinic", "issued_on", "issuer", "extras"),
        *("decided_on", "follows", "days", "priority", "target_on", "key"),
    )

    def __init__(self, *args: Any, care: Care, home_region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.care = care
        self.fields["clinic"].choices = [  # type: ignore[attr-defined]
            ("", _("Välj mottagning")),
            *_clinics(care, home_region),
        ]
        if guarantee_of(care.guarantee) != Guarantee.BEHANDLING:
            del self.fields["decided_on"]
        if care.kind == CareKind.TREATMENT:
            del self.fields["follows"], self.fields["days"]
        else:
            self.fields["follows"].choices = [("", _("Nej")), *_treatments()]  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        """Without the hyphen."""
        return plain_number(self.cleaned_data["number"])

    def remiss(self) -> Remiss:
        """The remiss of a valid form."""
        said = self.cleaned_data
        return Remiss(
            number=said["number"],
            care=self.care.code,
            clinic=UUID(said["clinic"]),
            issued_on=said["issued_on"],
            issuer=said["issuer"],
            extras=frozenset(said["extras"]),
            need=self.need(),
            decided_on=said.get("decided_on"),
            follows=_follows(said),
        )


class CareChoiceForm(forms.Form):
    """Which care the remiss is for: it says which clinics there are to choose among."""

    vard = forms.ModelChoiceField(
        label=_("Vilken vård?"),
        queryset=Care.objects.all(),
        error_messages={"required": _("Välj vård.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Välj vård")), *grouped_cares()]
        self.fields["vard"].widget.choices = choices  # type: ignore[attr-defined]


class DecisionForm(NeedForm):
    """The clinic's decision to give a treatment."""

    care = forms.ChoiceField(label=_("Vilken behandling?"))
    decided_on = DayField(
        label=_("När beslutades behandlingen?"),
        help_text=_("Behandlingsgarantin räknas från den dagen."),
    )

    field_order = ("care", "decided_on", "priority", "target_on", "key")

    def __init__(self, *args: Any, clinic: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cares = Care.objects.filter(clinics=clinic, guarantee=Guarantee.BEHANDLING)
        self.fields["care"].choices = [  # type: ignore[attr-defined]
            (care.code, care_name(care)) for care in cares.order_by("name_sv")
        ]

    def decision(self) -> TreatmentDecision:
        """The decision of a valid form."""
        said = self.cleaned_data
        return TreatmentDecision(care=said["care"], decided_on=said["decided_on"], need=self.need())


class DateWordForm(KeyForm):
    """Whether the clinic can meet the date."""

    can = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)


class NeededForm(forms.Form):
    """Whether the care is still needed."""

    needed = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class ReportForm(KeyForm):
    """Whether the patient came."""

    came = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)


class SilentForm(ReportForm):
    """The same of a visit that the clinic has not reported, and how the region knows."""

    evidence = forms.ChoiceField(choices=[(one, one) for one in Evidence])


def _follows(said: dict[str, Any]) -> Follows | None:
    care = said.get("follows")
    return Follows(care=care, days=said["days"]) if care else None


def _treatments() -> list[tuple[str, str]]:
    """Treatments of the catalogue with a guarantee of their own, by name."""
    cares = Care.objects.filter(kind=CareKind.TREATMENT, guarantee=Guarantee.BEHANDLING)
    return sorted(((care.code, care_name(care)) for care in cares), key=lambda one: one[1])


def _clinics(care: Care, home_region: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The clinics that offer a care, as choices by region: one's own region first, then by name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    rows = Clinic.objects.filter(cares=care).select_related("municipality__region")
    own_first = Case(When(municipality__region=home_region, then=0), default=1)
    for clinic in rows.order_by(own_first, "municipality__region__name", "name"):
        place = clinic.municipality
        groups.setdefault(place.region.name, []).append(
            (str(clinic.id), f"{clinic.name}, {place.name}")
        )
    return list(groups.items())
