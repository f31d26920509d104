"""What comes in: a search, a hold, a cancellation. The same search form reads pages and the API."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Invalid
from brokering.law.cancellations import reasons_of
from brokering.law.facts import Issuer, Route
from brokering.selectors.queries import PAGE, Query
from brokering.states import Party
from contracts.terms import Regime
from providers.forms.reception import LANGUAGES, MODES, PREMISES
from providers.models import Care, Municipality, Region
from providers.selectors.clinics import care_name

CONSEQUENCE_VERSION = "2026-4"
"""Version of what is read before an answer; booking and no keep which one the person saw. A test fails when a
word of it changes and the version does not."""
MOST_HITS = 100
DISTANCES = (25, 50, 100, 200, 400)
WEEKDAYS = (
    _("Måndag"),
    _("Tisdag"),
    _("Onsdag"),
    _("Torsdag"),
    _("Fredag"),
    _("Lördag"),
    _("Söndag"),
)
NOTHING = ("", _("Inte valt"))
ISSUERS = (
    (Issuer.ALLMANLAKARE, _("Läkare på vårdcentral")),
    (Issuer.SPECIALISTLAKARE, _("Specialistläkare")),
    (Issuer.ELEVHALSA, _("Elevhälsan")),
    (Issuer.PSYKOLOG, _("Psykolog")),
    (Issuer.ANNAN, _("Någon annan")),
)


REGIMES = (
    ("", _("Vet inte")),
    (Regime.OWN, _("Regionen driver mottagningen själv")),
    (Regime.LOU, _("Upphandlat avtal (LOU)")),
    (Regime.LOV, _("Valfrihetssystem (LOV)")),
    (Regime.LOL, _("Läkare med nationell taxa (LOL)")),
    (Regime.LOF, _("Fysioterapeut med nationell taxa (LOF)")),
    (Regime.PRIVATE, _("Inget avtal med någon region")),
)


DERIVED = frozenset(
    ("care", "home_region", "issuer", "issuer_region", "age", "bmi", "asa", "needs", "priority")
    + ("rules", "mine")
)
"""What nobody may say of a need that is known here."""


class QuestionForm(forms.Form):
    """What every question about a care asks of the one who asks; nothing in it names a person."""

    care = forms.CharField(label=_("Vilken vård?"), widget=forms.Select)
    home_region = forms.CharField(
        label=_("Din hemregion"),
        required=False,
        widget=forms.Select,
        help_text=_("Regionen där du är folkbokförd."),
    )
    referral = forms.ChoiceField(
        label=_("Har du remiss?"),
        required=False,
        choices=[("no", _("Nej")), ("yes", _("Ja"))],
    )
    issuer = forms.ChoiceField(label=_("Vem skrev remissen?"), required=False, choices=ISSUERS)
    issuer_region = forms.CharField(
        label=_("I vilken region?"), required=False, widget=forms.Select
    )
    age = forms.IntegerField(
        label=_("Din ålder"),
        required=False,
        min_value=0,
        max_value=120,
        help_text=_("Några regler och avtal beror på ålder."),
    )

    def clean(self) -> dict[str, Any]:
        """Codes must be known."""
        found = super().clean() or {}
        known(self, "care", Care)
        for name in ("home_region", "issuer_region"):
            known(self, name, Region)
        return found

    def offer(self, name: str, choices: list[Any]) -> None:
        """What may be chosen in a list."""
        self.fields[name].widget.choices = choices  # type: ignore[attr-defined]

    def offer_regions(self) -> list[tuple[str, str]]:
        """Fill in cares and regions, for a page; the regions by name."""
        regions = [(one.code, one.name) for one in Region.objects.order_by("name")]
        self.offer("care", [("", _("Välj vård")), *grouped_cares()])
        for name in ("home_region", "issuer_region"):
            self.offer(name, [NOTHING, *regions])
        return regions


class SearchForm(QuestionForm):
    """A search. Everything but the care may be left out."""

    near = forms.CharField(label=_("Nära kommun"), required=False, widget=forms.Select)
    within_km = forms.IntegerField(
        label=_("Högst så långt bort"),
        required=False,
        min_value=1,
        max_value=2500,
        widget=forms.Select(
            choices=[("", _("Hela landet")), *((km, f"{km} km") for km in DISTANCES)]
        ),
    )
    from_date = forms.DateField(
        label=_("Från och med"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    to_date = forms.DateField(
        label=_("Till och med"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    form = forms.ChoiceField(
        label=_("Vårdform"),
        required=False,
        choices=[
            ("", _("Båda")),
            ("open", _("Hem samma dag (öppen vård)")),
            ("inpatient", _("Läggas in (sluten vård)")),
        ],
    )
    mode = forms.ChoiceField(
        label=_("Hur ni träffas"), required=False, choices=[("", _("Båda")), *MODES]
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Veckodagar"),
        required=False,
        coerce=int,
        choices=[(number, WEEKDAYS[number - 1]) for number in range(1, 8)],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Utan kryss visas alla dagar. Platser utan bestämd dag visas bara då."),
    )
    language = forms.ChoiceField(
        label=_("Språk på mottagningen"),
        required=False,
        choices=[("", _("Alla")), *LANGUAGES],
        help_text=_("Visar bara mottagningar som säger att de talar språket."),
    )
    accessibility = forms.MultipleChoiceField(
        label=_("Lokalen ska ha"),
        required=False,
        choices=PREMISES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Visar bara mottagningar som säger att det finns. För andra är det okänt."),
    )
    order = forms.ChoiceField(
        label=_("Visa först"),
        required=False,
        choices=[
            ("date", _("Tidigast")),
            ("distance", _("Närmast")),
            ("both", _("Tid och avstånd")),
        ],
    )
    bookable = forms.ChoiceField(
        label=_("Vilka tider"),
        required=False,
        choices=[("no", _("Alla")), ("yes", _("Bara bokbara"))],
    )
    regime = forms.ChoiceField(
        label=_("Mottagningens avtal"),
        required=False,
        choices=[("", _("Alla")), *REGIMES[1:]],
    )
    assessment = forms.ChoiceField(
        label=_("Bedömning på mottagningen"),
        required=False,
        choices=[
            ("", _("Båda")),
            ("accepts", _("Godtar remittentens bedömning")),
            ("own", _("Gör en egen bedömning först")),
        ],
    )
    region = forms.CharField(required=False, widget=forms.HiddenInput)
    clinic = forms.UUIDField(required=False, widget=forms.HiddenInput)
    cursor = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    size = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_HITS, widget=forms.HiddenInput
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(None if data is None else plainly(data), **kwargs)

    def clean(self) -> dict[str, Any]:
        """Codes must be known, days in order, and a distance needs somewhere to start."""
        found = super().clean() or {}
        known(self, "region", Region)
        known(self, "near", Municipality)
        first, last = found.get("from_date"), found.get("to_date")
        if first and last and last < first:
            self.add_error("to_date", _("Välj en dag som inte ligger före den första."))
        if found.get("within_km") and not found.get("near"):
            self.add_error("near", _("Välj en kommun att räkna avståndet från."))
        return found

    def query(self) -> Query:
        """The search in the form that all equal ones share; raises Invalid with errors by field."""
        said = read(self)
        query = Query(
            care=said["care"],
            home_region=said["home_region"] or None,
            first=said["from_date"],
            last=said["to_date"],
            near=said["near"] or None,
            within_km=said["within_km"],
            form=said["form"],
            order=said["order"] or "date",
            age=said["age"],
            remiss=said["referral"] == "yes",
            issuer=said["issuer"] or Issuer.ALLMANLAKARE,
            issuer_region=said["issuer_region"] or None,
            region=said["region"],
            clinic=said["clinic"],
            mode=said["mode"],
            weekdays=tuple(said["weekdays"]),
            language=said["language"],
            accessibility=tuple(said["accessibility"]),
            regime=said["regime"],
            assessment=said["assessment"],
            bookable=said["bookable"] == "yes",
            cursor=said["cursor"],
            size=said["size"] or PAGE,
        )
        return query.canonical


class SearchPageForm(SearchForm):
    """The search with its lists filled in, for the page."""

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        regions = dict(self.offer_regions())
        self.offer("near", [NOTHING, *_municipalities(regions)])


class HoldForm(forms.Form):
    """What a person saw when they chose: place, lot, route, and the version of the text."""

    lot = forms.UUIDField(widget=forms.HiddenInput)
    route = forms.ChoiceField(choices=[(route, route) for route in Route], widget=forms.HiddenInput)
    referral = forms.UUIDField(required=False, widget=forms.HiddenInput)
    follow = forms.UUIDField(required=False)
    version = forms.ChoiceField(
        choices=[(CONSEQUENCE_VERSION, CONSEQUENCE_VERSION)], widget=forms.HiddenInput
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class KeyForm(forms.Form):
    """A button that may be pressed twice."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class AnswerForm(KeyForm):
    """An answer to an offer, with the version of the text that the person has read, if any."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)


class CancelForm(KeyForm):
    """Why a booking is cancelled: one of the reasons that the capacities of who asks allow."""

    reason = forms.ChoiceField(
        label=_("Varför avbokas tiden?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj varför tiden avbokas.")},
    )

    def __init__(
        self,
        *args: Any,
        parties: frozenset[Party],
        operation: bool,
        leave_out: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        possible = reasons_of(parties, operation=operation)
        reasons = [one for one in possible if one.code not in leave_out]
        cast(forms.ChoiceField, self.fields["reason"]).choices = [
            (one.code, gettext(f"cancel_reason.{one.code}")) for one in reasons
        ]
        if Party.PATIENT in parties:
            self.fields["reason"].initial = reasons[0].code


class FreeForm(KeyForm):
    """Whether the clinic can give a cancelled place to somebody else."""

    free = forms.ChoiceField(choices=[("yes", ""), ("no", "")])


def read(form: forms.Form) -> dict[str, Any]:
    """What a valid form says; raises Invalid with errors by field."""
    if not form.is_valid():
        raise Invalid(fields=form.errors.get_json_data())
    return form.cleaned_data


def plainly(data: Mapping[str, Any]) -> QueryDict:
    """What was said without blanks, in small letters as every code is; a cursor is left as it stands."""
    said, plain = (
        MultiValueDict(data) if not isinstance(data, MultiValueDict) else data,
        QueryDict(mutable=True),
    )
    for name, values in said.lists():
        each = values if isinstance(values, list | tuple) else [values]
        plain.setlist(name, [v if name == "cursor" else str(v).strip().lower() for v in each])
    return plain


def grouped_cares() -> list[tuple[str, list[tuple[str, str]]]]:
    """Cares as choices, in groups by kind, by name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for care in Care.objects.order_by("name_sv"):
        groups.setdefault(str(KINDS.get(care.kind, care.kind)), []).append(
            (care.code, care_name(care))
        )
    return list(groups.items())


KINDS = {
    "first_visit": _("Första besök"),
    "treatment": _("Operation eller behandling"),
    "investigation": _("Utredning"),
    "return_visit": _("Återbesök"),
    "medical_service": _("Medicinsk service"),
    "aid": _("Hjälpmedel"),
}


def _municipalities(regions: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in Municipality.objects.order_by("region_id", "name"):
        groups.setdefault(regions[one.region_id], []).append((one.code, one.name))
    return list(groups.items())


OWN = "own"
"""The choice of a clinic that has an agreement with one's own region, whichever that is."""
EXTRAS = (("psykologbedomning", _("Psykologbedömning")),)


def known(
    form: forms.Form, name: str, model: type[Care] | type[Region] | type[Municipality]
) -> None:
    """Note an error on a field whose code is none of the model's."""
    code = form.cleaned_data.get(name)
    if code and not model._default_manager.filter(pk=code).exists():
        form.add_error(name, _("Välj något ur listan."))
