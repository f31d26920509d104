"""What a clinic says of cancelling: until when by oneself, and whom to call after that."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_DAYS = 14


class CancelLimitForm(forms.Form):
    """Hours before the visit, and a telephone number."""

    hours = forms.IntegerField(
        label=_("Så många timmar före besöket får patienten själv avboka eller byta tid"),
        help_text=_("0 betyder ända tills besöket börjar. 24 betyder senast dagen innan."),
        min_value=0,
        max_value=LONGEST_DAYS * 24,
    )
    phone = forms.CharField(
        label=_("Telefonnummer för den som avbokar senare"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )

    def before(self) -> timedelta:
        """The limit of a valid form."""
        return timedelta(hours=self.cleaned_data["hours"])
