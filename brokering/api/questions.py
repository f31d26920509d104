"""The wire shapes of a question to the law and of its answer, for the description of the API."""

from typing import Any

from rest_framework import serializers

from brokering.law.citations import CitationKind, Question
from brokering.law.codes import ReasonCode
from brokering.law.explanation import Result, Short, Weight
from brokering.law.facts import (
    CareForm,
    CareKind,
    CareLevel,
    Guarantee,
    HospitalLevel,
    Responsibility,
    Route,
)
from brokering.law.otherwise import Step
from brokering.law.payer import Payer
from brokering.law.requirement import Requirement
from brokering.law.routes import Bookable, ExtraCost, GuaranteeEffect, MustReceive, Travel
from brokering.law.words import Word
from contracts.terms import Regime


def _one_of(kinds: type[Word] | type[Regime], **also: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[kind.value for kind in kinds], **also)


def _code() -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[(code.value, code.name) for code in ReasonCode])


SENTENCE = "In the reader's language: Swedish, English or lättläst (`sv-LL`), by Accept-Language."


class PatientIn(serializers.Serializer):
    """Who is responsible for the person; no identity."""

    home_region = serializers.CharField(allow_null=True, help_text="Länskod, or null if unknown.")
    responsibility = _one_of(Responsibility)
    birth_date = serializers.DateField(required=False, allow_null=True)


class CareIn(serializers.Serializer):
    """The care that is sought."""

    code = serializers.CharField(help_text="Code of the care catalogue.")
    form = _one_of(CareForm)
    level = _one_of(CareLevel)
    kind = _one_of(CareKind)
    hospital_level = _one_of(HospitalLevel, required=False, allow_null=True)
    immediate = serializers.BooleanField(required=False)


class ClinicIn(serializers.Serializer):
    """The clinic in this booking."""

    care_region = serializers.CharField(help_text="The region whose agreement carries the visit.")
    regime = _one_of(Regime)
    site = serializers.CharField(required=False, allow_null=True)
    publicly_funded = serializers.BooleanField()


class RemissFactsIn(serializers.Serializer):
    """A remiss."""

    issued_on = serializers.DateField()
    issuer = serializers.CharField()
    issuer_region = serializers.CharField()
    extras = serializers.ListField(child=serializers.CharField())


class QuestionIn(serializers.Serializer):
    """One question, as `manage.py decide` reads it."""

    on = serializers.DateField(help_text="The day of decision, Swedish civil date.")
    route = _one_of(Route)
    patient = PatientIn()
    care = CareIn()
    clinic = ClinicIn()
    referral = RemissFactsIn(allow_null=True)
    need_approved_by_home = serializers.BooleanField()
    guarantee = _one_of(Guarantee, allow_null=True)
    rules = serializers.JSONField(
        allow_null=True,
        help_text='null: the rules shipped with the product; "database": the regions\' rules as they '
        'stand now; or `{"rows": [...], "complete": [...]}`.',
    )


class QuestionsIn(serializers.Serializer):
    """Many questions."""

    items = QuestionIn(many=True)


class CitationOut(serializers.Serializer):
    """Where it stands, and what weight the text has."""

    kind = _one_of(CitationKind)
    law = serializers.CharField()
    place = serializers.CharField()
    as_of = serializers.DateField(help_text="The day of the reading.")


class ReasonOut(serializers.Serializer):
    """Why."""

    code = _code()
    citation = CitationOut()


class ReasonExplainedOut(ReasonOut):
    """Why, which question it answers, and what it does to the answer."""

    question = _one_of(Question)
    interpretation = serializers.BooleanField(
        help_text="Whether the sources leave room for another reading."
    )
    weight = _one_of(Weight, help_text="Stops the booking, leaves it open, or tells what follows.")
    text = serializers.CharField(help_text=SENTENCE)


class ObstacleOut(serializers.Serializer):
    """What the terms of the agreement say against it."""

    code = serializers.CharField()
    text = serializers.CharField(help_text=SENTENCE)


class AgesOut(serializers.Serializer):
    """Completed years, inclusive."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """One of the names is a word of the language."""
        return {
            "from": serializers.IntegerField(),
            "to": serializers.IntegerField(allow_null=True, help_text="null: no upper end."),
        }


class ChangeOut(serializers.Serializer):
    """What would change the answer, and to what."""

    steps = serializers.ListField(child=_one_of(Step))
    issuers = serializers.ListField(child=serializers.CharField(), help_text="All who would do.")
    extras = serializers.ListField(child=serializers.CharField(), help_text="To be enclosed.")
    ages = AgesOut(allow_null=True)
    result = _one_of(
        Result, help_text="What law and, where a place is meant, its terms answer then."
    )
    text = serializers.CharField(help_text=SENTENCE)
    bookable = _one_of(Bookable, help_text="The law's answer alone.")
    payer = _one_of(Payer)
    payer_region = serializers.CharField(allow_null=True)
    guarantee_effect = _one_of(GuaranteeEffect)

    def get_fields(self) -> dict[str, serializers.Field]:
        """One of the names is a word of the language."""
        words = "Parts of the question to replace in order to get this answer."
        return super().get_fields() | {"with": serializers.JSONField(help_text=words)}


class ExplanationOut(serializers.Serializer):
    """The same everywhere: the short answer, all reasons in order, and what would change it."""

    short = _one_of(Short)
    text = serializers.CharField(help_text=SENTENCE)
    home_region = serializers.CharField(allow_null=True)
    care_region = serializers.CharField()
    reasons = ReasonExplainedOut(many=True)
    lacking = serializers.ListField(child=_code())
    obstacles = ObstacleOut(many=True, help_text="Empty where no agreement was asked.")
    changes = ChangeOut(many=True)


class DecisionOut(serializers.Serializer):
    """What `manage.py decide` answers, and an explanation."""

    bookable = _one_of(Bookable)
    must_receive = _one_of(MustReceive)
    payer = _one_of(Payer)
    payer_region = serializers.CharField(allow_null=True)
    home_requirement = _one_of(Requirement)
    care_requirement = _one_of(Requirement)
    guarantee_effect = _one_of(GuaranteeEffect)
    travel = _one_of(Travel)
    patient_extra_cost = _one_of(ExtraCost)
    reasons = ReasonOut(many=True)
    explanation = ExplanationOut()


class DecisionsOut(serializers.Serializer):
    """Outcomes in the order of the questions: a decision, or `error`."""

    items = serializers.ListField(child=serializers.JSONField())
