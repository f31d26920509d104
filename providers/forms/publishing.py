"""Forms with which a clinic publishes: one time, or the same times week after week."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.actions.slots import NewSlot
from providers.forms.fields import CareFormField, ClockField, LengthField, asked_care, week_choice
from providers.forms.reception import MODES
from providers.models import Care, Slot
from providers.patterns import (
    SWEDEN,
    WEEK,
    DayPlan,
    Moment,
    Spot,
    WeeklyPattern,
    clocks_of,
    monday_of,
    own_key,
    places_at,
    times_of,
)
from providers.red_days import red_days

MOST_TIMES = 2000
WEEKS_AHEAD = 52
WEEKDAYS = [
    (0, _("måndag")),
    (1, _("tisdag")),
    (2, _("onsdag")),
    (3, _("torsdag")),
    (4, _("fredag")),
    (5, _("lördag")),
    (6, _("söndag")),
]


class PublishForm(forms.Form):
    """What is common to both ways: care, form, on site or video, time of day, length, number of patients."""

    care = forms.ChoiceField(
        label=_("Vård"), error_messages={"required": _("Välj vilken vård tiden gäller.")}
    )
    care_form = CareFormField()
    mode = forms.ChoiceField(
        label=_("Besöket är"),
        choices=MODES,
        initial=Slot.Mode.ON_SITE,
        required=False,
        widget=forms.RadioSelect,
    )
    starts = ClockField(label=_("Klockan"))
    minutes = LengthField(initial=30)
    places = forms.IntegerField(
        label=_("Antal patienter på samma tid"),
        min_value=1,
        max_value=50,
        initial=1,
        error_messages={
            "required": _("Skriv hur många patienter som tas emot på samma tid."),
            "invalid": _("Skriv antalet med siffror, till exempel 1."),
            "min_value": _("Minst en patient ska kunna tas emot."),
            "max_value": _("Högst 50 patienter kan tas emot på samma tid."),
        },
    )

    when_all_have_passed: ClassVar = (
        "starts",
        _("Tiden har passerat. Välj en senare dag eller ett senare klockslag."),
    )

    def __init__(self, *args: Any, cares: Sequence[Care], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.cares = {care.code: care for care in cares}
        self.moments: list[Moment] = []
        cast(forms.ChoiceField, self.fields["care"]).choices = asked_care(cares)
        if not any(care.form == Care.Form.INPATIENT_OR_DAY for care in cares):
            del self.fields["care_form"]

    def clean(self) -> dict[str, Any]:
        """The form fits the care, and at least one time and at most MOST_TIMES come out of it."""
        cleaned = super().clean() or {}
        care = self.cares.get(cleaned.get("care", ""))
        if care is not None:
            if "care_form" in self.fields:
                self._check_form(care, cleaned.get("care_form", ""))
            self._check_mode(care, cleaned)
        if not self.errors:
            self.moments = self.laid_out(cleaned)
            self._check_number()
        return cleaned

    def laid_out(self, cleaned: dict[str, Any]) -> list[Moment]:
        """The times that the answers mean, past ones left out."""
        raise NotImplementedError

    def new_slots(self) -> list[NewSlot]:
        """The places to publish; the same answers give the same source keys."""
        care = self.cares[self.cleaned_data["care"]]
        either = care.form == Care.Form.INPATIENT_OR_DAY
        form = self.cleaned_data["care_form"] if either else care.form
        mode = self.cleaned_data["mode"] or Slot.Mode.ON_SITE.value
        return [
            _slot(Spot(care.code, form, moment.starts_at, moment.ends_at, mode), moment.place)
            for moment in self.moments
        ]

    def _check_form(self, care: Care, form: str) -> None:
        if care.form == Care.Form.INPATIENT_OR_DAY and not form:
            self.add_error(
                "care_form", _("Välj öppen eller sluten vård: den här vården ges på båda sätten.")
            )
        elif care.form != Care.Form.INPATIENT_OR_DAY and form not in ("", care.form):
            self.add_error("care_form", _("Den här vården ges inte så. Välj ”Framgår av vården”."))

    def _check_mode(self, care: Care, cleaned: dict[str, Any]) -> None:
        forms_of_care = {care.form, cleaned.get("care_form", "")}
        if cleaned.get("mode") == Slot.Mode.VIDEO and Slot.Form.INPATIENT in forms_of_care:
            self.add_error("mode", _("Sluten vård ges på plats. Välj ”På plats”."))

    def _check_number(self) -> None:
        if not self.moments:
            self.add_error(*self.when_all_have_passed)
        elif len(self.moments) > MOST_TIMES:
            most = _("Det blir fler än %(most)s tider på en gång. Välj färre veckor eller dagar.")
            self.add_error("places", forms.ValidationError(most, params={"most": MOST_TIMES}))


class OneTimeForm(PublishForm):
    """One time on one day."""

    on = forms.DateField(
        label=_("Dag"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Välj vilken dag tiden är."),
            "invalid": _("Skriv dagen som år-månad-dag, till exempel 2026-12-01."),
        },
    )
    field_order = ["care", "care_form", "mode", "on", "starts", "minutes", "places"]

    def clean_on(self) -> date:
        """A day that has not passed, at most a year or so ahead."""
        day: date = self.cleaned_data["on"]
        today = self.now.astimezone(SWEDEN).date()
        if day < today:
            raise forms.ValidationError(_("Dagen har passerat. Välj i dag eller senare."))
        if day > today + (WEEKS_AHEAD + 1) * WEEK:
            raise forms.ValidationError(_("Dagen ligger mer än ett år bort. Välj en tidigare dag."))
        return day

    def laid_out(self, cleaned: dict[str, Any]) -> list[Moment]:
        """The places of that time."""
        found = places_at(
            cleaned["on"], cleaned["starts"], minutes=cleaned["minutes"], places=cleaned["places"]
        )
        return [moment for moment in found if moment.starts_at > self.now]


class WeeklyForm(PublishForm):
    """The same times on chosen weekdays, from one week to another."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Veckodagar"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Välj minst en veckodag.")},
    )
    starts = ClockField(label=_("Första tiden börjar"))
    ends = ClockField(
        label=_("Sista tiden slutar senast"),
        help_text=_("Lämna tomt om det bara är en tid om dagen."),
        required=False,
    )
    pause = forms.IntegerField(
        label=_("Paus mellan tiderna i minuter"),
        min_value=0,
        max_value=4 * 60,
        required=False,
        error_messages={
            "invalid": _("Skriv pausen med siffror, till exempel 10."),
            "min_value": _("En paus kan inte vara kortare än 0 minuter."),
            "max_value": _("En paus är högst 240 minuter lång."),
        },
    )
    rest_from = ClockField(label=_("Rast från"), help_text=_("Till exempel lunch."), required=False)
    rest_to = ClockField(label=_("Rast till"), required=False)
    first_week = forms.TypedChoiceField(
        label=_("Från vecka"),
        coerce=date.fromisoformat,
        error_messages={"required": _("Välj den första veckan.")},
    )
    last_week = forms.TypedChoiceField(
        label=_("Till och med vecka"),
        coerce=date.fromisoformat,
        error_messages={"required": _("Välj den sista veckan.")},
    )
    skip_red_days = forms.BooleanField(
        label=_("Inga tider på röda dagar, julafton, nyårsafton och midsommarafton"),
        initial=True,
        required=False,
    )
    field_order = [
        "care",
        "care_form",
        "mode",
        "weekdays",
        "starts",
        "ends",
        "minutes",
        "pause",
        "rest_from",
        "rest_to",
        "places",
        "first_week",
        "last_week",
        "skip_red_days",
    ]

    when_all_have_passed: ClassVar = (
        "last_week",
        _("Alla tiderna har passerat eller ligger på röda dagar. Välj en senare vecka."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clocks: tuple[time, ...] = ()
        choices = list(weeks_ahead(self.now))
        for name, ahead in (("first_week", 1), ("last_week", 4)):
            field = cast(forms.ChoiceField, self.fields[name])
            field.choices = choices
            field.initial = choices[ahead][0]

    def clean(self) -> dict[str, Any]:
        """Weeks come in order, and the day has room for a time."""
        cleaned = self.cleaned_data
        first, last = cleaned.get("first_week"), cleaned.get("last_week")
        if first and last and last < first:
            self.add_error(
                "last_week", _("Den sista veckan kommer före den första. Välj en senare.")
            )
        self._check_rest(cleaned.get("rest_from"), cleaned.get("rest_to"))
        if not {"starts", "ends", "minutes", "pause", "rest_from", "rest_to"} & set(self.errors):
            self.clocks = clocks_of(_plan(cleaned))
            if not self.clocks:
                self.add_error("ends", _("Ingen hel tid får plats. Välj ett senare klockslag."))
        return super().clean()

    def laid_out(self, cleaned: dict[str, Any]) -> list[Moment]:
        """The places of the whole pattern."""
        first, last = cleaned["first_week"], cleaned["last_week"]
        pattern = WeeklyPattern(
            weekdays=frozenset(cleaned["weekdays"]),
            clocks=self.clocks,
            minutes=cleaned["minutes"],
            places=cleaned["places"],
            first_week=first,
            last_week=last,
            days_off=red_days(first, last + WEEK) if cleaned["skip_red_days"] else frozenset(),
        )
        return times_of(pattern, after=self.now)

    def _check_rest(self, begins: time | None, ends: time | None) -> None:
        if begins and not ends and "rest_to" not in self.errors:
            self.add_error("rest_to", _("Skriv när rasten slutar."))
        elif ends and not begins and "rest_from" not in self.errors:
            self.add_error("rest_from", _("Skriv när rasten börjar."))
        elif begins and ends and ends <= begins:
            self.add_error(
                "rest_to", _("Rasten slutar före den börjar. Välj ett senare klockslag.")
            )


def _plan(cleaned: dict[str, Any]) -> DayPlan:
    begins, ends = cleaned["rest_from"], cleaned["rest_to"]
    return DayPlan(
        starts=cleaned["starts"],
        ends=cleaned["ends"],
        minutes=cleaned["minutes"],
        pause=cleaned["pause"] or 0,
        rest=(begins, ends) if begins and ends else None,
    )


def weeks_ahead(now: datetime) -> Iterator[tuple[str, str]]:
    """The weeks that can be chosen, from the present one: its Monday, and words for it."""
    this = monday_of(now.astimezone(SWEDEN).date())
    for number in range(WEEKS_AHEAD + 1):
        yield week_choice(this + number * WEEK)


def _slot(spot: Spot, place: int) -> NewSlot:
    return NewSlot(**spot._asdict(), source_key=own_key(spot, place))
