"""Fields that the forms of rules, agreements and capacity share."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from contracts.reference import LONGEST
from contracts.terms import FIRST_DAY, LAST_DAY, OLDEST


class DayField(forms.DateField):
    """A day, written as the browser's own calendar writes it."""

    def __init__(self, *, required_words: Any = None, **kwargs: Any) -> None:
        wrong = _("Skriv dagen som år-månad-dag, till exempel 2026-12-01.")
        messages = {"required": required_words or _("Välj en dag."), "invalid": wrong}
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        within = [
            MinValueValidator(FIRST_DAY, message=wrong),
            MaxValueValidator(LAST_DAY, message=wrong),
        ]
        super().__init__(widget=widget, error_messages=messages, validators=within, **kwargs)


class AgeField(forms.IntegerField):
    """Completed years, inclusive; empty is no limit."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Skriv åldern i hela år, från 0 till 130.")
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), wrong)
        super().__init__(
            required=False, min_value=0, max_value=OLDEST, error_messages=messages, **kwargs
        )


class TextField(forms.CharField):
    """A text that has room in the register's column of that name."""

    def __init__(self, column: str, **kwargs: Any) -> None:
        longest = LONGEST[column]
        super().__init__(max_length=longest, **kwargs)
        self.error_messages["required"] = _("Fyll i fältet.")
        self.error_messages["max_length"] = _("Skriv kortare: högst %(limit_value)d tecken.")


def text_of(sent: UploadedFile, *, most: int) -> str:
    """The text of a file of at most so many bytes, in UTF-8; raises ValidationError."""
    if (sent.size or 0) > most:
        words = _("Filen är för stor. Högst %(most)s megabyte går att läsa in här.")
        raise forms.ValidationError(words, params={"most": most // 1_000_000})
    try:
        return bytes(sent.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise forms.ValidationError(
            _("Filen är inte text i UTF-8. Spara den som CSV UTF-8.")
        ) from error
