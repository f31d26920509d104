"""Forms with which a clinic publishes: one time, or the same time week after week."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from providers.actions.slots import NewSlot
from providers.models import Care, Slot
from providers.patterns import SWEDEN, WEEK, Moment, WeeklyPattern, monday_of, places_at, times_of
from providers.selectors.clinics import care_name

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
    """What is common to both ways: care, form, time of day, length, number of patients."""

    care = forms.ChoiceField(
        label=_("Vård"), error_messages={"required": _("Välj vilken vård tiden gäller.")}
    )
    care_form = forms.ChoiceField(
        label=_("Öppen eller sluten vård"),
        help_text=_("Behövs bara för vård som ges på båda sätten."),
        choices=[
            ("", _("Framgår av vården")),
            (Slot.Form.OPEN.value, _("Öppen vård: patienten går hem samma dag")),
            (Slot.Form.INPATIENT.value, _("Sluten vård: patienten är intagen")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    starts = forms.TimeField(
        label=_("Klockan"),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "required": _("Skriv när tiden börjar, till exempel 09:30."),
            "invalid": _("Skriv klockslaget som timme och minut, till exempel 09:30."),
        },
    )
    minutes = forms.IntegerField(
        label=_("Längd i minuter"),
        min_value=5,
        max_value=24 * 60,
        initial=30,
        error_messages={
            "required": _("Skriv hur många minuter tiden är."),
            "invalid": _("Skriv längden med siffror, till exempel 30."),
            "min_value": _("En tid är minst 5 minuter lång."),
            "max_value": _("En tid är högst ett dygn (1440 minuter) lång."),
        },
    )
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
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.now = now
        self.cares = {care.code: care for care in cares}
        self.moments: list[Moment] = []
        choices = [(care.code, care_name(care)) for care in cares]
        asked = choices if len(choices) == 1 else [("", _("Välj")), *choices]
        cast(forms.ChoiceField, self.fields["care"]).choices = asked
        if not any(care.form == Care.Form.INPATIENT_OR_DAY for care in cares):
            del self.fields["care_form"]

    def clean(self) -> dict[str, Any]:
        """The form fits the care, and at least one time and at most MOST_TIMES come out of it."""
        cleaned = super().clean() or {}
        care = self.cares.get(cleaned.get("care", ""))
        if care is not None and "care_form" in self.fields:
            self._check_form(care, cleaned.get("care_form", ""))
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
        minutes = self.cleaned_data["minutes"]
        return [_slot(care, form, minutes, moment) for moment in self.moments]

    def _check_form(self, care: Care, form: str) -> None:
        if care.form == Care.Form.INPATIENT_OR_DAY and not form:
            self.add_error(
                "care_form", _("Välj öppen eller sluten vård: den här vården ges på båda sätten.")
            )
        elif care.form != Care.Form.INPATIENT_OR_DAY and form not in ("", care.form):
            self.add_error("care_form", _("Den här vården ges inte så. Välj ”Framgår av vården”."))

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
    field_order = ["care", "care_form", "on", "starts", "minutes", "places"]

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
    """The same time on chosen weekdays, from one week to another."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Veckodagar"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Välj minst en veckodag.")},
    )
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
    field_order = [
        "care",
        "care_form",
        "weekdays",
        "starts",
        "minutes",
        "places",
        "first_week",
        "last_week",
    ]

    when_all_have_passed: ClassVar = (
        "last_week",
        _("Alla tiderna har passerat. Välj en senare vecka."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(_weeks(self.now))
        for name, weeks_ahead in (("first_week", 1), ("last_week", 4)):
            field = cast(forms.ChoiceField, self.fields[name])
            field.choices = choices
            field.initial = choices[weeks_ahead][0]

    def clean(self) -> dict[str, Any]:
        """The last week does not come before the first."""
        first, last = self.cleaned_data.get("first_week"), self.cleaned_data.get("last_week")
        if first and last and last < first:
            self.add_error(
                "last_week", _("Den sista veckan kommer före den första. Välj en senare.")
            )
        return super().clean()

    def laid_out(self, cleaned: dict[str, Any]) -> list[Moment]:
        """The places of the whole pattern."""
        pattern = WeeklyPattern(
            weekdays=frozenset(cleaned["weekdays"]),
            starts=cleaned["starts"],
            minutes=cleaned["minutes"],
            places=cleaned["places"],
            first_week=cleaned["first_week"],
            last_week=cleaned["last_week"],
        )
        return times_of(pattern, after=self.now)


def _weeks(now: datetime) -> Iterator[tuple[str, str]]:
    this = monday_of(now.astimezone(SWEDEN).date())
    for number in range(WEEKS_AHEAD + 1):
        monday = this + number * WEEK
        sunday = monday + timedelta(days=6)
        days = f"{date_format(monday, 'j b')} – {date_format(sunday, 'j b Y')}"
        yield (
            monday.isoformat(),
            _("Vecka %(number)s (%(days)s)")
            % {
                "number": monday.isocalendar().week,
                "days": days,
            },
        )


def _slot(care: Care, form: str, minutes: int, moment: Moment) -> NewSlot:
    when = moment.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
    return NewSlot(
        care=care.code,
        form=form,
        starts_at=moment.starts_at,
        ends_at=moment.ends_at,
        source_key=f"form:{care.code}:{form}:{when}:{minutes}:{moment.place}",
    )
