"""The form that takes a file with times."""

from django import forms
from django.utils.translation import gettext_lazy as _


class FileForm(forms.Form):
    """One file; what is in it is looked at where it is opened."""

    file = forms.FileField(
        label=_("Fil med tider"),
        help_text=_("Excel (.xlsx) eller CSV. Inget publiceras förrän du har sett vad som händer."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,text/csv"}),
        error_messages={
            "required": _("Välj en fil först."),
            "invalid": _("Välj en fil först."),
            "max_length": _("Filens namn är för långt. Döp om den."),
        },
        max_length=200,
    )
    use_required_attribute = False
