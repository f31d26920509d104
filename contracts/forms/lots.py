"""Forms for a lot and what belongs to it: caps, prices, reserved treatment."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.wording import worded
from contracts.drafts import LONGEST, LOT_NAME, CapDraft, FollowOnDraft, LotDraft, PriceDraft
from contracts.forms.fields import AgeField, DayField
from contracts.forms.part import PartForm
from contracts.models import PriceLine
from contracts.terms import CapPeriod
from providers.models import Clinic
from providers.selectors.clinics import care_name


class LotForm(PartForm):
    """One lot: the clinic, its cares, whom it takes."""

    hint = _("Ett anbudsområde är en del av avtalet med egna villkor: en mottagning och dess vård.")
    name = forms.CharField(label=_("Namn"), max_length=LOT_NAME)
    clinic = forms.ChoiceField(label=_("Mottagning"), help_text=_("Säljarens egna mottagningar."))
    cares = forms.MultipleChoiceField(label=_("Vård"), widget=forms.CheckboxSelectMultiple)
    qualified = forms.BooleanField(
        label=_("Säljaren kvalificerade sig"),
        required=False,
        initial=True,
        help_text=_("Varje anbudsområde prövas för sig. Utan kvalificering kan det inte användas."),
    )
    age_min = AgeField(label=_("Från och med ålder"))
    age_max = AgeField(label=_("Till och med ålder"))
    bmi_max = forms.IntegerField(label=_("Högsta BMI"), required=False, min_value=0, max_value=130)
    asa_max = forms.IntegerField(
        label=_("Högsta ASA-klass"), required=False, min_value=0, max_value=6
    )
    excluded_needs = forms.CharField(
        label=_("Tar inte emot patienter med"),
        required=False,
        help_text=_("Behovens koder, med komma emellan, till exempel intensivvard."),
    )
    accepts_referrer_assessment = forms.BooleanField(
        label=_("Godtar remittentens bedömning"), required=False
    )

    def prepare(self) -> None:
        """The seller's clinics and every care."""
        assert self.draft is not None
        clinics = Clinic.objects.filter(provider__organisation_number=self.draft.seller)
        self.offer(
            "clinic", clinics.order_by("name").values_list("hsa_id", "name"), empty=_("Välj")
        )
        cares = ((code, str(care_name(care))) for code, care in self.names.cares.items())
        self.offer("cares", sorted(cares, key=lambda pair: pair[1]))

    def clean_excluded_needs(self) -> tuple[str, ...]:
        """The codes apart, each once."""
        codes = [code.strip() for code in self.cleaned_data["excluded_needs"].split(",")]
        if any(len(code) > 40 or "|" in code for code in codes):
            raise forms.ValidationError(_("Skriv högst 40 tecken för varje behov."))
        return tuple(dict.fromkeys(code for code in codes if code))

    def part(self) -> LotDraft:
        """The lot; caps, prices and follow-ons that it had stay, but for cares that it has no longer."""
        given = self.cleaned_data | {"cares": tuple(sorted(self.cleaned_data["cares"]))}
        if self.place.index is None:
            return LotDraft(**given)
        assert self.draft is not None
        old = self.draft.lots[self.place.index]
        prices = tuple(line for line in old.prices if line.care in given["cares"])
        return replace(old, prices=prices, **given)


class CapForm(PartForm):
    """How many places of a lot may be used."""

    places = forms.IntegerField(label=_("Antal platser"), min_value=0, max_value=10**6)
    period = forms.ChoiceField(label=_("Räknas"))
    region = forms.ChoiceField(
        label=_("För patienter från"),
        required=False,
        help_text=_("Välj en region om taket bara gäller dess invånare."),
    )

    def prepare(self) -> None:
        """Periods and regions."""
        words = (_("per månad"), _("per kvartal"), _("per år"), _("under hela avtalet"))
        self.offer("period", zip(map(str, CapPeriod), words, strict=True))
        regions = sorted(self.names.regions.items(), key=lambda pair: pair[1])
        self.offer("region", regions, empty=_("Alla patienter"))

    def part(self) -> CapDraft:
        """The cap."""
        return CapDraft(**self.cleaned_data | {"region": self.cleaned_data["region"] or None})


class PriceForm(PartForm):
    """What a care costs from a day: an amount, a list, or nothing agreed."""

    hint = _("Är inget pris avtalat väljer du det. Fyll aldrig i ett belopp som du inte har läst.")
    care = forms.ChoiceField(label=_("Vård"))
    model = forms.ChoiceField(label=_("Prismodell"))
    amount = forms.DecimalField(
        label=_("Belopp i kronor, utan moms"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
    )
    unit = forms.CharField(
        label=_("Beloppet gäller"),
        required=False,
        max_length=LONGEST["unit"],
        help_text=_("Avtalets eget ord, till exempel per operation."),
    )
    subscription = forms.DecimalField(
        label=_("Abonnemang, kronor om året"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
    )
    list_name = forms.CharField(
        label=_("Prislista"), required=False, max_length=LONGEST["list_name"]
    )
    list_version = forms.CharField(
        label=_("Prislistans version"), required=False, max_length=LONGEST["list_version"]
    )
    valid_from = DayField(label=_("Första dagen"))
    valid_to = DayField(
        label=_("Sista dagen"), required=False, help_text=_("Tomt: gäller tills vidare.")
    )

    def prepare(self) -> None:
        """The lot's own cares."""
        self.offer("care", self.cares_of_lot())
        self.offer("model", ((code, worded(code, "price")) for code in PriceLine.Model.values))

    def part(self) -> PriceDraft:
        """The price line."""
        return PriceDraft(**self.cleaned_data)


class FollowOnForm(PartForm):
    """Treatment that is reserved for those whom the lot has investigated."""

    investigation = forms.ChoiceField(label=_("Utredning"))
    treatment = forms.ChoiceField(label=_("Behandling som hör till"))

    def prepare(self) -> None:
        """The lot's cares, and every care."""
        self.offer("investigation", self.cares_of_lot())
        cares = ((code, str(care_name(care))) for code, care in self.names.cares.items())
        self.offer("treatment", sorted(cares, key=lambda pair: pair[1]))

    def part(self) -> FollowOnDraft:
        """The pair."""
        return FollowOnDraft(**self.cleaned_data)
