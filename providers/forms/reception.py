"""What a clinic may say of how it receives patients, as choices: codes with their words."""

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
)
