"""What terms ask of a person beyond age: BMI, ASA class, needs that exclude.

Somebody who is not logged in may say it, and reads which clinics cannot take them. It tells of health, and an
address is kept in histories and logs: so it never stands in one. On screen it comes by POST and stays in the
session, until it is taken back, the session ends or the person logs in; over REST it comes in the body of a
POST and stays nowhere. Answers to it are kept in no cache. Age alone tells of no health and stands in the
address. For a need that is known here these facts are the need's.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.wording import worded
from brokering.forms import read
from brokering.selectors.queries import Query
from contracts.selectors.eligibility import excluding_needs

NAMES = ("bmi", "asa", "needs")


class FactsForm(forms.Form):
    """All may be left out: what is not known shuts nobody out."""

    bmi = forms.IntegerField(label=_("BMI"), required=False, min_value=10, max_value=130)
    asa = forms.IntegerField(
        label=_("ASA-klass"),
        required=False,
        min_value=1,
        max_value=6,
        help_text=_("Läkarens mått på risken vid sövning, 1 till 6. Lämna tomt om du inte vet."),
    )
    needs = forms.MultipleChoiceField(
        label=_("Jag behöver eller har"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Några avtal tar inte emot patienter med detta."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        codes = excluding_needs()
        self.fields["needs"].choices = [(code, worded(code, "need").capitalize()) for code in codes]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Those that were said; raises Invalid with errors by field."""
        said = read(self)
        return {name: said[name] for name in NAMES if said[name] not in (None, [])}


def with_facts(query: Query, facts: Mapping[str, Any]) -> Query:
    """The search with what its seeker has said of themselves."""
    return replace(query, **{**facts, "needs": tuple(facts.get("needs", ()))}).canonical
