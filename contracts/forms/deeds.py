"""Forms for the steps in an agreement's life."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.fields import DayField


class DeedForm(forms.Form):
    """What a step needs to know; most need nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("Fyll i fältet.")


class AmendForm(DeedForm):
    """From when the new terms hold, and when both sides signed them."""

    first_day = DayField(
        label=_("De nya villkoren gäller från"),
        help_text=_("Tidigast i morgon. Dagen innan slutar den version som gäller nu."),
    )
    signed_by_party_on = DayField(label=_("Köparna skrev under ändringen"))
    signed_by_seller_on = DayField(label=_("Säljaren skrev under ändringen"))

    def __init__(self, *args: Any, signed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not signed:
            del self.fields["signed_by_party_on"], self.fields["signed_by_seller_on"]


class AwardForm(DeedForm):
    """When and how the award of a lot was sent out."""

    on = DayField(
        label=_("Tilldelningen skickades"),
        help_text=_("Dagen räknas inte: avtalsspärren börjar dagen efter."),
    )
    way = forms.ChoiceField(
        label=_("Hur skickades den?"),
        choices=[("electronic", _("Elektroniskt")), ("other", _("På annat sätt"))],
        widget=forms.RadioSelect,
        initial="electronic",
        help_text=_("Avtalsspärren är längre när den inte skickades elektroniskt."),
    )


class SignForm(DeedForm):
    """When one side signed."""

    on = DayField(label=_("Skrev under den"))


class ExtendForm(DeedForm):
    """A region's decision to use its next option."""

    decided_on = DayField(label=_("Beslutat den"))
    reference = forms.CharField(label=_("Beslutets diarienummer"), max_length=80)


class EndForm(DeedForm):
    """The last day of an agreement that is active."""

    last_day = DayField(
        label=_("Sista dagen"), help_text=_("Från dagen efter bär avtalet inga besök.")
    )


class AdoptForm(DeedForm):
    """A region's own decision to be bound by a joint agreement."""

    region = forms.ChoiceField(label=_("Region"))
    on = DayField(label=_("Beslutat den"))
    reference = forms.CharField(label=_("Beslutets diarienummer"), max_length=80)

    def __init__(self, *args: Any, regions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = regions
