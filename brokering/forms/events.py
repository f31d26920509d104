"""The form with which a region declares a serious event."""

from django import forms
from django.utils.translation import gettext_lazy as _

from brokering.forms import KeyForm


class EventForm(KeyForm):
    """Why, and where the decision can be read."""

    reason = forms.CharField(
        label=_("Vad har hänt?"),
        max_length=200,
        error_messages={"required": _("Skriv kort vad som har hänt.")},
    )
    decision_reference = forms.CharField(
        label=_("Beslutets diarienummer"),
        max_length=80,
        error_messages={"required": _("Skriv var beslutet kan läsas.")},
    )
