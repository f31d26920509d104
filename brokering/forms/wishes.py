"""What somebody wishes of the care they wait for, and says who wants to be asked at short notice."""

from datetime import date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brokering.actions.short_notice import Manage
from brokering.actions.wishes import Wishes
from brokering.forms import DISTANCES, KeyForm, read
from brokering.matching.readiness import asked_of
from brokering.models import Referral
from contracts.forms.fields import DayField
from providers.forms.reception import LANGUAGES, MODES, PREMISES

HOURS = (
    (2, _("2 timmar")),
    (6, _("6 timmar")),
    (24, _("1 dygn")),
    (48, _("2 dygn")),
    (96, _("4 dygn")),
)


class ReadyForm(KeyForm):
    """How soon, how late in the evening, and what is ready; nothing about health."""

    notice_hours = forms.TypedChoiceField(
        label=_("Så långt i förväg måste jag få veta"), choices=HOURS, coerce=int, initial=24
    )
    ready = forms.MultipleChoiceField(
        label=_("Bocka av det som stämmer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Du blir bara tillfrågad när allt är avbockat."),
    )
    late_evenings = forms.BooleanField(label="", required=False)

    def __init__(self, *args: Any, operation: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["ready"]).choices = [
            (code, gettext(f"ready.{code}")) for code in asked_of(operation=operation)
        ]
        hours = {"late": settings.EVENING_ENDS.hour, "usual": settings.QUIET_BEGINS.hour}
        self.fields["late_evenings"].label = (
            gettext(
                "Ni får höra av er fram till kl. %(late)s på kvällen (annars till kl. %(usual)s)"
            )
            % hours
        )

    def said(self) -> Manage:
        """What the person can manage; raises Invalid with errors by field."""
        found = read(self)
        return Manage(
            notice_hours=found["notice_hours"],
            max_distance_km=found.get("max_distance_km"),
            ready=frozenset(found["ready"]),
            late_evenings=found["late_evenings"],
        )


class ShortNoticeForm(ReadyForm):
    """The same of somebody who waits, and how far they would go."""

    max_distance_km = forms.TypedChoiceField(
        label=_("Så långt bort kan jag åka"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Hela landet")), *((km, f"{km} km") for km in DISTANCES)],
    )
    field_order = ("key", "notice_hours", "max_distance_km", "ready", "late_evenings")


def search_within(need: Referral) -> dict[str, list[str]]:
    """A need's wishes as the search form says them, so that a search for it begins inside them."""
    home = need.patient.municipality_id
    far: dict[str, list[Any]] = {"near": [home], "within_km": [need.max_distance_km]}
    said: dict[str, list[Any]] = {
        "mode": [need.wished_mode],
        "language": [need.wished_language],
        "accessibility": need.wished_premises,
        "from_date": [need.earliest_on],
        "to_date": [need.latest_on],
        **(far if home and need.max_distance_km is not None else {}),
    }
    return {
        name: [str(one) for one in values if one] for name, values in said.items() if any(values)
    }


class WishesForm(KeyForm):
    """How far, when and how; then what the clinic is to know. Nothing about health."""

    max_distance_km = forms.TypedChoiceField(
        label=_("Högst så långt bort"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Hela landet")), *((km, f"{km} km") for km in DISTANCES)],
    )
    accepts_other_regions = forms.BooleanField(
        label=_("Jag tar gärna emot förslag i andra regioner"),
        required=False,
        help_text=_(
            "Utan kryss kan din region ändå erbjuda en plats i en annan region, om den inte"
            " hinner i tid. Du får säga nej."
        ),
    )
    earliest_on = DayField(label=_("Tidigast"), required=False)
    latest_on = DayField(label=_("Senast"), required=False)
    wished_mode = forms.ChoiceField(
        label=_("Hur ni träffas"), required=False, choices=[("", _("Båda")), *MODES]
    )
    wished_language = forms.ChoiceField(
        label=_("Bara mottagningar som talar"),
        required=False,
        choices=[("", _("Inget krav")), *LANGUAGES],
        help_text=_("Färre tider blir möjliga. Med tolk är alla mottagningar möjliga, se nedan."),
    )
    wished_premises = forms.MultipleChoiceField(
        label=_("Lokalen måste ha"),
        required=False,
        choices=PREMISES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Bara mottagningar som säger att det finns blir möjliga. För andra är det okänt."
        ),
    )
    interpreter = forms.ChoiceField(
        label=_("Tolk"),
        required=False,
        choices=[("", _("Behövs inte")), *LANGUAGES],
        help_text=_("Mottagningen får veta det och ordnar tolk. Det tar inte bort några tider."),
    )
    has_companion = forms.BooleanField(
        label=_("Någon följer med"),
        required=False,
        help_text=_("Mottagningen får veta det. Det tar inte bort några tider."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        far = self.initial.get("max_distance_km")
        if far is not None and far not in DISTANCES:
            # What was said in another way stands among the choices: to save is not to change it.
            field = cast(forms.TypedChoiceField, self.fields["max_distance_km"])
            field.choices = [*cast(list[Any], field.choices), (far, f"{far} km")]

    def clean(self) -> dict[str, Any]:
        """The days must be in order, and not past."""
        found = super().clean() or {}
        first, last = found.get("earliest_on"), found.get("latest_on")
        if last and last < self.today:
            self.add_error("latest_on", _("Den dagen har varit."))
        if first and last and last < first:
            self.add_error("latest_on", _("Välj en dag som inte ligger före den första."))
        return found

    def wishes(self) -> Wishes:
        """What a valid form says; raises Invalid with errors by field."""
        said = {name: value for name, value in read(self).items() if name != "key"}
        return Wishes(**said | {"wished_premises": frozenset(said["wished_premises"])})
