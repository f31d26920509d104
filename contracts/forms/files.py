"""The form with which a file of agreements is read in."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from contracts.forms.fields import text_of

LARGEST_FILE = 2_000_000
"""Bytes; what a page sends along while its rows are read. A larger file goes through the API."""
FORMS = {".csv": "csv", ".json": "json"}


class AgreementFileForm(forms.Form):
    """A CSV or JSON file of agreements, or its text once its rows have been shown."""

    file = forms.FileField(
        label=_("Fil med avtal, CSV eller JSON"),
        help_text=_("Inget sparas innan du har läst vad som händer med varje rad."),
        required=False,
        max_length=200,
    )
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    form = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[("", ""), *((x, x) for x in FORMS.values())],
    )

    def clean(self) -> dict[str, Any]:
        """The text of the file, in UTF-8, and which of the two it is."""
        cleaned = super().clean() or {}
        sent = cleaned.get("file")
        if sent is not None:
            self._take(sent, cleaned)
        if not self.errors and not (cleaned.get("text") and cleaned.get("form")):
            self.add_error("file", _("Välj en fil."))
        return cleaned

    def _take(self, sent: UploadedFile, cleaned: dict[str, Any]) -> None:
        name = (sent.name or "").lower()
        form = next((form for end, form in FORMS.items() if name.endswith(end)), "")
        if not form:
            self.add_error("file", _("Filens namn ska sluta på .csv eller .json."))
            return
        try:
            cleaned |= {"text": text_of(sent, most=LARGEST_FILE), "form": form}
        except forms.ValidationError as error:
            self.add_error("file", error)
