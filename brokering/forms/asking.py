"""Forms in which a vårdlots notes calls and answers, and a region decides how its patients are asked."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from brokering.forms import KeyForm
from brokering.messaging.asking import Reached
from contracts.actions.offer_policies import BOUNDS, MOST_AT_ONCE, MOST_ATTEMPTS, MOST_DAYS, Asking
from contracts.forms.fields import DayField


class CallForm(KeyForm):
    """What came of a call."""

    outcome = forms.ChoiceField(
        label=_("Hur gick det?"),
        choices=[
            (Reached.NO_ANSWER, _("Inget svar")),
            (Reached.LEFT_WORD, _("Lämnade besked att vi ringt")),
            (Reached.SPOKEN, _("Talade med personen")),
        ],
        error_messages={"required": _("Välj hur det gick.")},
    )


class PhoneAnswerForm(KeyForm):
    """An answer that the patient gave on the telephone."""

    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    read_out = forms.BooleanField(required=False)


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    wrong = _("Skriv ett helt tal från 1 till %(limit_value)s.") % {"limit_value": most}
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong)
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, help_text=help_text, error_messages=messages
    )


class AskingForm(KeyForm):
    """How patients are asked, from which day, and by which decision."""

    answer_days = _number(_("Dagar att svara"), MOST_DAYS)
    attempts = _number(
        _("Påminnelser innan ett brev skickas"),
        MOST_ATTEMPTS,
        _("De fördelas jämnt över tiden att svara. Ett samtal räknas som en påminnelse."),
    )
    letter_days = _number(
        _("Dagar att vänta på svar på brevet"),
        MOST_DAYS,
        _("Platsen hålls under tiden, som längst till dagen före besöket."),
    )
    batch = _number(_("Så många frågas samtidigt om en plats med kort varsel"), MOST_AT_ONCE)
    decision_reference = forms.CharField(
        label=_("Regionens beslut (diarienummer)"),
        max_length=80,
        error_messages={"required": _("Skriv vilket beslut det är.")},
    )
    valid_from = DayField(label=_("Från och med"), required_words=_("Välj från vilken dag."))

    def asking(self) -> Asking:
        """What a valid form says."""
        names = (*BOUNDS, "decision_reference")
        return Asking(**{name: self.cleaned_data[name] for name in names})
