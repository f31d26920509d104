"""What a clinic may say of how it receives patients: codes with their words, and the form to say it with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.models import Slot

MODES = (
    (Slot.Mode.ON_SITE, _("På plats")),
    (Slot.Mode.VIDEO, _("På video")),
)
LANGUAGES = (
    ("en", _("Engelska")),
    ("ar", _("Arabiska")),
    ("so", _("Somaliska")),
    ("fi", _("Finska")),
    ("fit", _("Meänkieli")),
    ("rom", _("Romani chib")),
    ("se", _("Samiska")),
    ("yi", _("Jiddisch")),
    ("swl", _("Svenskt teckenspråk")),
)
"""ISO 639 codes. The five national minority languages and sign language are those of the Language Act, SFS
2009:600, sections 7 and 9; the others are large in the country."""
PREMISES = (
    ("step_free", _("Inga trappsteg")),
    ("accessible_toilet", _("Toalett för rullstol")),
    ("hearing_loop", _("Hörslinga")),
    ("companion", _("Plats för någon som följer med")),
)


class ReceptionForm(forms.Form):
    """What the clinic knows of itself; what is left out is not known."""

    languages = forms.MultipleChoiceField(
        label=_("Språk som ni tar emot på, utöver svenska"),
        choices=LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    accessibility = forms.MultipleChoiceField(
        label=_("Det här finns i lokalen"),
        choices=PREMISES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
