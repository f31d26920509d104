"""Forms on the clinic's week: what shall become of the marked times, and how far the week is copied."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.actions.edits import Change
from providers.forms.publishing import weeks_ahead
from providers.models import Care, Slot
from providers.patterns import SWEDEN, WEEK, Spot
from providers.red_days import red_days
from providers.selectors.clinics import care_name
from providers.weeks import Meeting, Week, copies, meetings

MOST_WEEKS = 26
MOST_MINUTES = 12 * 60


class MarkedForm(forms.Form):
    """The marked times of a week, and what shall become of them: `do` is the button that was pressed."""

    slot = forms.TypedMultipleChoiceField(
        label=_("Markerade tider"),
        coerce=UUID,
        required=False,
        error_messages={"invalid_choice": _("En av tiderna finns inte.")},
    )
    do = forms.ChoiceField(choices=[("withdraw", ""), ("move", ""), ("recast", "")])
    minutes = forms.IntegerField(
        label=_("Flytta så många minuter"),
        help_text=_("Minus för tidigare."),
        min_value=-MOST_MINUTES,
        max_value=MOST_MINUTES,
        initial=30,
        required=False,
        widget=forms.NumberInput(attrs={"step": 5, "hx-preserve": True}),
    )
    care = forms.ChoiceField(
        label=_("Byt vård till"), required=False, widget=forms.Select(attrs={"hx-preserve": True})
    )

    def __init__(self, *args: Any, cares: Sequence[Care], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forms_of = [(care, form) for care in cares for form in _forms(care)]
        cast(forms.ChoiceField, self.fields["care"]).choices = [
            ("", _("Välj")),
            *((f"{care.code}:{form}", _named(care, form)) for care, form in forms_of),
        ]
        sent = self.data.getlist("slot") if self.is_bound else []  # type: ignore[attr-defined]
        marked = cast(forms.ChoiceField, self.fields["slot"])
        marked.choices = [(one, one) for one in sent if _is_id(one)]

    def clean(self) -> dict[str, Any]:
        """The pressed button has what it needs."""
        cleaned = super().clean() or {}
        do = cleaned.get("do")
        if "slot" not in self.errors and not cleaned.get("slot"):
            self.add_error("slot", _("Inga tider är markerade. Markera dem först."))
        if do == "move" and "minutes" not in self.errors and not cleaned.get("minutes"):
            self.add_error("minutes", _("Skriv hur många minuter tiderna ska flyttas."))
        if do == "recast" and "care" not in self.errors and not cleaned.get("care"):
            self.add_error("care", _("Välj vilken vård tiderna ska byta till."))
        return cleaned

    def change(self) -> Change:
        """What becomes different, for the buttons that change times."""
        if self.cleaned_data["do"] == "move":
            return Change(minutes=self.cleaned_data["minutes"])
        care, _colon, form = self.cleaned_data["care"].partition(":")
        return Change(care=care, form=form)


class CopyForm(forms.Form):
    """How far a week is copied, and what is left out."""

    last_week = forms.TypedChoiceField(
        label=_("Kopiera till och med vecka"),
        coerce=date.fromisoformat,
        error_messages={"required": _("Välj den sista veckan.")},
    )
    skip_red_days = forms.BooleanField(
        label=_("Inga tider på röda dagar, julafton, nyårsafton och midsommarafton"),
        initial=True,
        required=False,
    )
    skip_clashes = forms.BooleanField(
        label=_("Hoppa över tider som krockar med andra tider"), initial=True, required=False
    )

    def __init__(self, *args: Any, week: Week, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.week, self.now = week, now
        later = [one for one in weeks_ahead(now) if one[0] > week.monday.isoformat()]
        field = cast(forms.ChoiceField, self.fields["last_week"])
        field.choices = later[:MOST_WEEKS]
        field.initial = later[0][0] if later else None

    def mondays(self) -> list[date]:
        """The weeks to copy into: from the one after the copied week, or the present one if that is later."""
        first = max(self.week.next, date.fromisoformat(next(weeks_ahead(self.now))[0]))
        last: date = self.cleaned_data["last_week"]
        return [first + number * WEEK for number in range((last - first).days // 7 + 1)]

    def met(self, into: Week) -> list[tuple[Spot, Meeting]]:
        """The copied places of one later week that are still to come, and how each meets what is there."""
        later = (into.monday - self.week.monday).days // 7
        off = (
            red_days(into.monday, into.next) if self.cleaned_data["skip_red_days"] else frozenset()
        )
        wanted = [
            spot
            for spot in copies(self.week, later)
            if spot.starts_at > self.now and spot.starts_at.astimezone(SWEDEN).date() not in off
        ]
        return meetings(wanted, into)

    def is_published(self, meeting: Meeting) -> bool:
        """Whether a place that meets its week so is published."""
        return meeting is Meeting.NEW or (
            meeting is Meeting.CLASH and not self.cleaned_data["skip_clashes"]
        )


def _forms(care: Care) -> list[str]:
    return list(Slot.Form.values) if care.form == Care.Form.INPATIENT_OR_DAY else [care.form]


def _named(care: Care, form: str) -> str:
    if care.form != Care.Form.INPATIENT_OR_DAY:
        return care_name(care)
    words = _("sluten vård") if form == Slot.Form.INPATIENT else _("öppen vård")
    return f"{care_name(care)}, {words}"


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
