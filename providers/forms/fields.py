"""Fields and choices that several of a clinic's forms share."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from providers.models import Care, Slot
from providers.selectors.clinics import care_name


class ClockField(forms.TimeField):
    """A time of day: hour and minute."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    default_error_messages: ClassVar = {
        "required": _("Skriv när tiden börjar, till exempel 09:30."),
        "invalid": _("Skriv klockslaget som timme och minut, till exempel 09:30."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H.%M", "%H:%M:%S"], **kwargs)


class LengthField(forms.IntegerField):
    """How long a visit is, in minutes."""

    default_error_messages: ClassVar = {
        "required": _("Skriv hur många minuter tiden är."),
        "invalid": _("Skriv längden med siffror, till exempel 30."),
        "min_value": _("En tid är minst 5 minuter lång."),
        "max_value": _("En tid är högst ett dygn (1440 minuter) lång."),
    }

    def __init__(self, *, initial: int) -> None:
        super().__init__(
            label=_("Längd i minuter"), min_value=5, max_value=24 * 60, initial=initial
        )


class CareFormField(forms.ChoiceField):
    """Open or inpatient, where the care may be either."""

    def __init__(self) -> None:
        super().__init__(
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


def care_choices(cares: Iterable[Care]) -> list[tuple[str, str]]:
    """The cares by name."""
    return [(care.code, care_name(care)) for care in cares]


def asked_care(cares: Iterable[Care]) -> list[tuple[str, Any]]:
    """The cares to choose among; where there is one alone it is chosen already."""
    choices = care_choices(cares)
    return choices if len(choices) == 1 else [("", _("Välj")), *choices]


def week_choice(monday: date) -> tuple[str, str]:
    """A week as it stands in a list: "Vecka 14 (30 mar – 5 apr 2027)"."""
    sunday = monday + timedelta(days=6)
    days = f"{date_format(monday, 'j b')} – {date_format(sunday, 'j b Y')}"
    words = _("Vecka %(number)s (%(days)s)")
    return monday.isoformat(), words % {"number": monday.isocalendar().week, "days": days}
