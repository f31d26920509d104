"""What the forms of all parts of an agreement share."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.drafts import AgreementDraft, LotDraft
from contracts.forms.parts import Place
from contracts.selectors.agreement_names import Names
from providers.selectors.clinics import care_name

Choices = list[tuple[str, Any]]


class PartForm(forms.Form):
    """A part of an agreement; `draft` is the whole so far, None while it has no terms of its own."""

    hint: Any = ""

    def __init__(
        self, *args: Any, draft: AgreementDraft | None, place: Place, names: Names, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.draft, self.place, self.names = draft, place, names
        for field in self.fields.values():
            field.error_messages["required"] = _("Fyll i fältet.")
            field.error_messages["invalid_choice"] = _("Välj ett av alternativen.")
        self.prepare()

    def prepare(self) -> None:
        """Give the fields the choices that depend on the register."""

    def part(self) -> Any:
        """The answers as a part of a draft."""
        raise NotImplementedError

    def offer(self, name: str, choices: Iterable[tuple[str, Any]], empty: Any = None) -> None:
        """What may be chosen in a field; with words for choosing nothing."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*([("", empty)] if empty is not None else []), *choices]

    def own_lot(self) -> LotDraft:
        """The lot that the part lies in."""
        assert self.draft is not None
        assert self.place.lot is not None
        return self.draft.lots[self.place.lot]

    def cares_of_lot(self) -> Choices:
        """The cares of that lot, by name."""
        known = self.names.cares
        return sorted(
            ((code, str(care_name(known[code]))) for code in self.own_lot().cares if code in known),
            key=lambda pair: pair[1],
        )
