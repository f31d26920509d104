"""Forms of how somebody is reached: a contact point, a day to look again."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brokering.actions.contact_points import LANGUAGES, Wanted, cleaned
from brokering.errors import BadAddress
from brokering.forms import KeyForm
from brokering.messaging.channels import LETTER, set_up
from brokering.models import Channel
from contracts.forms.fields import DayField

LANGUAGE_NAMES = {"sv": _("Svenska"), "en": _("Engelska"), "sv-ll": _("Lättläst svenska")}
RANKS = [(1, _("Först")), (2, _("Om det första inte går")), (3, _("Sist"))]


class ContactPointForm(KeyForm):
    """One way to be reached; a letter needs no address."""

    channel = forms.ChoiceField(
        label=_("Hur vill du bli nådd?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett sätt.")},
    )
    address = forms.CharField(
        label=_("E-postadress eller mobilnummer"),
        help_text=_("Behövs inte för brev: de går till din folkbokföringsadress."),
        required=False,
        max_length=254,
    )
    rank = forms.TypedChoiceField(
        label=_("När ska det här sättet användas?"), choices=RANKS, coerce=int, initial=1
    )
    language = forms.ChoiceField(
        label=_("På vilket språk?"), choices=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = [channel for channel in Channel.values if channel in set_up()]
        cast(forms.ChoiceField, self.fields["channel"]).choices = [
            (channel, gettext(f"channel.{channel}")) for channel in here
        ]

    def clean(self) -> dict[str, Any]:
        """The address must be one of the channel."""
        said = super().clean() or {}
        if channel := said.get("channel"):
            try:
                cleaned(Channel(channel), said.get("address", ""))
            except BadAddress:
                words = {
                    Channel.EMAIL: _("Skriv en e-postadress, till exempel namn@example.se."),
                    Channel.SMS: _("Skriv ett mobilnummer, till exempel 070-123 45 67."),
                }
                self.add_error("address", words[Channel(channel)])
        return said

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Wanted(
            channel=Channel(said["channel"]),
            address="" if said["channel"] == LETTER else said["address"],
            rank=said["rank"],
            language=said["language"],
        )


class LookLaterForm(KeyForm):
    """When somebody looks at a task again."""

    next_on = DayField(label=_("Titta igen"), required_words=_("Välj en dag."))
