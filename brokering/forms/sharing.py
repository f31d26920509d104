"""The forms with which a clinic shares its places between regions."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from brokering.forms import KeyForm
from contracts.actions.release import Quota, Scope
from contracts.forms.fields import DayField
from contracts.models import RegionQuota
from providers.forms.fields import care_choices
from providers.models import Care, Clinic, Region
from providers.selectors.clinics import cares_of

UNITS = {"minutes": _("minuter"), "hours": _("timmar"), "days": _("dagar")}


class ScopeForm(KeyForm):
    """Which care, and from which day until when."""

    care = forms.ChoiceField(label=_("Vård"), required=False)
    valid_from = DayField(label=_("Från och med"), required_words=_("Välj från vilken dag."))
    valid_to = DayField(label=_("Till och med"), required=False)

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": self.what, **kwargs})
        self.clinic = clinic
        cares = care_choices(care for care in cares_of(clinic) if self.is_for(care))
        cast(forms.ChoiceField, self.fields["care"]).choices = [("", _("All vård")), *cares]

    what = ""

    @staticmethod
    def is_for(care: Care) -> bool:
        """Whether the care can be chosen."""
        return True

    def scope(self) -> Scope:
        """What a valid form is about."""
        said = self.cleaned_data
        return Scope(
            clinic=self.clinic.id,
            care=said["care"] or None,
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
        )


class WindowForm(ScopeForm):
    """For how long new places are kept."""

    what = "window"
    length = forms.IntegerField(
        label=_("Så länge hålls nya platser"),
        min_value=0,
        max_value=1000,
        error_messages={"required": _("Skriv hur länge, eller 0 för inte alls.")},
    )
    unit = forms.ChoiceField(label=_("Enhet"), choices=list(UNITS.items()))

    @staticmethod
    def is_for(care: Care) -> bool:
        """Open care is everyone's: no time of it can be kept."""
        return bool(care.form != Care.Form.OPEN)

    def window(self) -> timedelta:
        """The length of a valid form."""
        return timedelta(**{self.cleaned_data["unit"]: self.cleaned_data["length"]})


class QuotaForm(ScopeForm):
    """How many places for which region."""

    what = "quota"
    region = forms.ChoiceField(label=_("Patienternas hemregion"))
    places = forms.IntegerField(
        label=_("Antal platser"),
        min_value=0,
        max_value=100_000,
        error_messages={"required": _("Skriv hur många platser.")},
    )
    period = forms.ChoiceField(label=_("Per"), choices=RegionQuota.Period.choices)

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, clinic=clinic, **kwargs)
        others = Region.objects.exclude(code=clinic.municipality.region_id).order_by("name")
        cast(forms.ChoiceField, self.fields["region"]).choices = [
            (one.code, one.name) for one in others
        ]

    def quota(self) -> Quota:
        """What a valid form says."""
        said = self.cleaned_data
        return Quota(said["region"], said["places"], said["period"])
