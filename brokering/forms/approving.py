"""The answer of a home region or a clinic to whether a place is approved."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from brokering.forms import KeyForm
from brokering.models import Approval


class GrantForm(KeyForm):
    """Yes, and until when the region pays."""

    valid_to = forms.DateField(
        label=_("Regionen betalar för vården till och med"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class RefuseForm(KeyForm):
    """No, and why."""

    reason = forms.ChoiceField(label=_("Varför inte?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, codes: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            (code, gettext(f"approval_reason.{code}"))
            for code in Approval.Reason.values
            if code in codes
        ]
