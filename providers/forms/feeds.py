"""The form that adds an address to fetch times from."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.actions.feeds import LONGEST_ADDRESS, NewFeed
from providers.forms.fields import CareFormField, care_choices
from providers.models import Clinic, Feed
from providers.selectors.clinics import cares_of


class FeedForm(forms.Form):
    """What is fetched, from where, for what, and how old it may become."""

    kind = forms.ChoiceField(
        label=_("Vad finns på adressen?"),
        choices=[
            (
                Feed.Kind.SMART.value,
                _("Tider som filer: SMART Scheduling Links eller $bulk-publish"),
            ),
            (Feed.Kind.ICAL.value, _("En kalender: iCalendar (.ics) med lediga perioder")),
        ],
        initial=Feed.Kind.SMART.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vad som finns på adressen.")},
    )
    url = forms.CharField(
        label=_("Adress"),
        help_text=_("Ska vara öppen på nätet, utan inloggning. Börjar med https://"),
        max_length=LONGEST_ADDRESS,
        widget=forms.URLInput,
        error_messages={"required": _("Skriv adressen som tiderna hämtas från.")},
    )
    care = forms.ChoiceField(
        label=_("Vård"),
        help_text=_("För en kalender: den vård som alla lediga tider gäller. "
                    "För filer: bara om de inte själva säger vilken vård det är."),
        required=False,
    )  # fmt: skip
    care_form = CareFormField()
    hours = forms.IntegerField(
        label=_("Så gamla får uppgifterna bli, i timmar"),
        help_text=_(
            "Äldre tider visas sist. Efter dubbelt så lång tid döljs de, tills det går att hämta igen."
        ),
        min_value=1,
        max_value=24 * 14,
        initial=4,
        error_messages={
            "required": _("Skriv hur många timmar gamla uppgifterna får bli."),
            "invalid": _("Skriv antalet timmar med siffror."),
            "min_value": _("Minst 1 timme."),
            "max_value": _("Högst 336 timmar, alltså två veckor."),
        },
    )
    use_required_attribute = False

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        cares = care_choices(cares_of(clinic))
        self.fields["care"].choices = [("", _("Står i filerna")), *cares]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A calendar says nothing of care: it must be chosen."""
        told = super().clean() or {}
        if told.get("kind") == Feed.Kind.ICAL and not told.get("care"):
            self.add_error("care", _("Välj vilken vård kalenderns lediga tider gäller."))
        return told

    def new_feed(self) -> NewFeed:
        """The feed that was described; a calendar is this clinic's."""
        told = self.cleaned_data
        is_calendar = told["kind"] == Feed.Kind.ICAL
        clinic: UUID | None = self.clinic.id if is_calendar else None
        return NewFeed(
            provider=self.clinic.provider_id,
            kind=Feed.Kind(told["kind"]),
            url=told["url"].strip(),
            promised_age=timedelta(hours=told["hours"]),
            clinic=clinic,
            care=told["care"],
            form=told["care_form"],
        )
