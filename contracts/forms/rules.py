"""Forms with which a region decides on its referral rules."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.fields import AgeField, DayField, TextField, text_of
from contracts.reference import LONGEST
from contracts.terms import DAY, ISSUERS, Completeness, ReferralRule, Regime
from providers.forms.fields import asked_care
from providers.models import Care

LARGEST_FILE = 1_000_000
"""Bytes; a region's whole register is a hundredth of it."""
CONFIDENCE = [
    ("high", _("Säkert: regionens eget beslut")),
    ("medium", _("Troligt: tolkning av beslutet")),
    ("low", _("Osäkert: ska kontrolleras")),
]


class RuleForm(forms.Form):
    """One rule: what it says, whom it concerns, from when, and on what ground."""

    care = forms.ChoiceField(
        label=_("Vård"), error_messages={"required": _("Välj vilken vård regeln gäller.")}
    )
    required = forms.ChoiceField(
        label=_("Vad säger regeln?"),
        choices=[
            ("yes", _("Remiss krävs")),
            ("no", _("Undantag: remiss krävs inte")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj om remiss krävs eller inte.")},
    )
    form = forms.ChoiceField(
        label=_("Öppen eller sluten vård"),
        choices=[("", _("Båda")), ("open", _("Öppen vård")), ("inpatient", _("Sluten vård"))],
        required=False,
        widget=forms.RadioSelect,
    )
    age_min = AgeField(label=_("Från och med ålder"))
    age_max = AgeField(label=_("Till och med ålder"))
    regime = forms.ChoiceField(
        label=_("Bara hos mottagningar med"),
        choices=[
            ("", _("Alla slags avtal")),
            ("own", _("egen regi")),
            *((one.value, one.value.upper()) for one in (Regime.LOU, Regime.LOV, Regime.LOL)),
            (Regime.LOF.value, Regime.LOF.value.upper()),
        ],
        required=False,
    )
    site = TextField(
        "site",
        label=_("Bara på mottagningen"),
        help_text=_("Mottagningens namn, precis som det står i katalogen."),
        required=False,
    )
    accepted_issuers = forms.MultipleChoiceField(
        label=_("Remissen ska komma från"),
        help_text=_("Markera inget om den får komma från vem som helst."),
        choices=[
            (ISSUERS[0], _("allmänläkare")),
            (ISSUERS[1], _("specialistläkare")),
            (ISSUERS[2], _("elevhälsan")),
            (ISSUERS[3], _("psykolog")),
            (ISSUERS[4], _("annan")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    extra_requirements = forms.CharField(
        label=_("Det som ska följa med remissen"),
        help_text=_("Ett krav på varje rad, till exempel psykologbedomning."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    immediate_care_exempt = forms.BooleanField(
        label=_("Gäller inte omedelbar vård"), required=False
    )
    valid_from = DayField(label=_("Första dagen"))
    valid_to = DayField(
        label=_("Sista dagen"), help_text=_("Tomt: gäller tills vidare."), required=False
    )
    text_sv = TextField("text_sv", label=_("Regeln i ord, som den visas för alla"))
    source = TextField(
        "source", label=_("Källa"), help_text=_("Beslut, diarienummer eller adress.")
    )
    confidence = forms.ChoiceField(label=_("Hur säker är uppgiften?"), choices=CONFIDENCE)

    own: ClassVar = {"step", "key", "csrfmiddlewaretoken"}

    def __init__(
        self, *args: Any, cares: Sequence[Care], after: date | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.after = after
        cast(forms.ChoiceField, self.fields["care"]).choices = asked_care(cares)
        known = {value for value, _word in CONFIDENCE}
        kept = str(self.initial.get("confidence", ""))
        if kept and kept not in known:
            cast(forms.ChoiceField, self.fields["confidence"]).choices = [(kept, kept), *CONFIDENCE]

    def clean_extra_requirements(self) -> str:
        """One requirement a line, each short enough, none with the list's own separator."""
        text: str = self.cleaned_data["extra_requirements"]
        lines = [line.strip() for line in text.splitlines()]
        if any("|" in line or len(line) > LONGEST["extra_requirements"] for line in lines):
            raise forms.ValidationError(_("Skriv högst 60 tecken på varje rad, utan tecknet |."))
        return "\n".join(line for line in lines if line)

    def clean_valid_from(self) -> date:
        """A rule that replaces another begins after it."""
        first: date = self.cleaned_data["valid_from"]
        if self.after is not None and first <= self.after:
            raise forms.ValidationError(
                _("Regeln som ersätts började %(day)s. Välj en senare dag."),
                params={"day": self.after.isoformat()},
            )
        return first

    def clean(self) -> dict[str, Any]:
        """Ages and days in order."""
        cleaned = super().clean() or {}
        lowest, highest = cleaned.get("age_min"), cleaned.get("age_max")
        if lowest is not None and highest is not None and highest < lowest:
            self.add_error("age_max", _("Den högsta åldern är lägre än den lägsta."))
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("Den sista dagen ligger före den första."))
        return cleaned

    def rule(self, *, region: str, checked: date) -> ReferralRule:
        """The answers as a rule."""
        given = self.cleaned_data
        return ReferralRule(
            region=region,
            care=given["care"],
            form=given["form"] or None,
            age_min=given["age_min"],
            age_max=given["age_max"],
            regime=Regime(given["regime"]) if given["regime"] else None,
            site=given["site"] or None,
            accepted_issuers=frozenset(given["accepted_issuers"]),
            extra_requirements=frozenset(given["extra_requirements"].splitlines()),
            required=given["required"] == "yes",
            immediate_care_exempt=given["immediate_care_exempt"],
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            source=given["source"],
            checked=checked,
            confidence=given["confidence"],
            text_sv=given["text_sv"],
        )


def answers_of(rule: ReferralRule) -> dict[str, Any]:
    """A rule as the form's first answers; the days are asked anew."""
    lists = {
        "accepted_issuers": sorted(rule.accepted_issuers),
        "extra_requirements": "\n".join(sorted(rule.extra_requirements)),
    }
    names = ("care", "form", "age_min", "age_max", "regime", "site", "immediate_care_exempt")
    same = {name: getattr(rule, name) for name in (*names, "text_sv", "source", "confidence")}
    return same | lists | {"required": "yes" if rule.required else "no"}


class EndForm(forms.Form):
    """The last day of a rule or a declaration."""

    last_day = DayField(label=_("Sista dagen"))

    def __init__(self, *args: Any, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        self.fields["last_day"].help_text = _(
            "Dagen innan den började (%(day)s) tar tillbaka den, som om den aldrig gällt."
        ) % {"day": (first - DAY).isoformat()}

    def clean_last_day(self) -> date:
        """Not before the day that takes it back."""
        last: date = self.cleaned_data["last_day"]
        if last < self.first - DAY:
            raise forms.ValidationError(_("Dagen ligger före den första dagen. Välj en senare."))
        return last


class DeclareForm(forms.Form):
    """From when the region's rows are complete, and on what ground."""

    complete_from = DayField(label=_("Första dagen"))
    complete_to = DayField(
        label=_("Sista dagen"), help_text=_("Tomt: gäller tills vidare."), required=False
    )
    source = TextField(
        "source", label=_("Källa"), help_text=_("Beslut, diarienummer eller adress.")
    )
    confidence = forms.ChoiceField(label=_("Hur säker är uppgiften?"), choices=CONFIDENCE)

    def clean(self) -> dict[str, Any]:
        """Days in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("complete_from"), cleaned.get("complete_to")
        if first and last and last < first:
            self.add_error("complete_to", _("Den sista dagen ligger före den första."))
        return cleaned

    def declared(self, *, region: str) -> Completeness:
        """The answers as a declaration."""
        return Completeness(region=region, **self.cleaned_data)


class ImportForm(forms.Form):
    """A file of rules, or its text once it has been shown what it would do."""

    file = forms.FileField(
        label=_("CSV-fil"),
        help_text=_("Hämta regionens fil, ändra i den och läs in den igen."),
        required=False,
        max_length=200,
    )
    text = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def clean(self) -> dict[str, Any]:
        """The text of the file, in UTF-8."""
        cleaned = super().clean() or {}
        sent = cleaned.get("file")
        if sent is not None:
            try:
                cleaned["text"] = text_of(sent, most=LARGEST_FILE)
            except forms.ValidationError as error:
                self.add_error("file", error)
        if not cleaned.get("text") and not self.errors:
            self.add_error("file", _("Välj en fil."))
        return cleaned
