"""An explanation in words: where short answers, reasons, obstacles and changes become sentences.

What is read is the JSON of `brokering.law.explanation`, made a moment ago or frozen with a booking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.template.defaultfilters import date as date_words
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from brokering.forms import EXTRAS, ISSUERS
from brokering.law.citations import Question
from brokering.law.explanation import Result
from brokering.verdict import FOR_A_HUMAN
from providers.reference import read_regions

Json = Mapping[str, Any]
YES, NO, UNKNOWN, WARNING = "yes", "no", "unknown", "warning"
STATES = {
    Result.YES: YES,
    Result.YES_GUARANTEE_RUNS: YES,
    Result.NO: NO,
    Result.APPROVAL: WARNING,
    Result.UNKNOWN: UNKNOWN,
}


@dataclass(frozen=True)
class ReasonText:
    """A reason as a sentence with its paragraph; the screen says what weight the source has."""

    sentence: str
    code: str = ""
    law: str = ""
    place: str = ""
    kind: str = ""
    as_of: date | None = None
    interpretation: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeText:
    """What would change the answer, to what; `steps` are the codes."""

    condition: str
    result: str
    state: str
    steps: str

    @property
    def sentence(self) -> str:
        """Both as one sentence."""
        return f"{self.condition}: {self.result}."


def short_text(explained: Json) -> str:
    """The answer in one sentence: what the terms forbid, else the law's, else what a human must look at."""
    codes = [one["code"] for one in explained["obstacles"]]
    first = next((code for code in codes if code != FOR_A_HUMAN), "")
    if not first and codes and explained["short"].startswith("yes"):
        first = FOR_A_HUMAN
    if first:
        return _(f"obstacle.{first}")
    return _(f"short.{explained['short']}") % _names(explained)


def reason_texts(explained: Json, *questions: Question) -> list[ReasonText]:
    """The reasons in words, in the order of the decision; for some questions, or all."""
    told = explained["reasons"]
    return [
        _reason(explained, one) for one in told if not questions or one["question"] in questions
    ]


def weighed_texts(explained: Json, weight: str) -> list[ReasonText]:
    """The reasons that stop the booking, leave it open or tell what follows."""
    return [_reason(explained, one) for one in explained["reasons"] if one["weight"] == weight]


def obstacle_texts(explained: Json) -> list[ReasonText]:
    """What the agreement's terms say against it."""
    codes = [one["code"] for one in explained["obstacles"]]
    return [ReasonText(_(f"obstacle.{code}"), code) for code in codes]


def change_texts(explained: Json) -> list[ChangeText]:
    """What would change the answer, in the order of the explanation."""
    return [change_text(explained, one) for one in explained["changes"]]


def change_text(explained: Json, change: Json) -> ChangeText:
    """One change of an explanation."""
    issuers = {str(code): str(words).lower() for code, words in ISSUERS}
    extras = {code: str(words).lower() for code, words in EXTRAS}
    day = change["with"].get("on")
    told = {
        "home_region": region_name(explained["home_region"]),
        "issuers": get_text_list([issuers.get(one, one) for one in change["issuers"]], _("eller")),
        "extras": get_text_list([extras.get(one, one) for one in change["extras"]], _("och")),
        "day": date_words(date.fromisoformat(day), "l j F Y") if day else "",
        "ages": _ages(change["ages"]),
    }
    steps = [_(f"change.{step}") % told for step in change["steps"]]
    return ChangeText(
        condition=clause(get_text_list(steps, _("och"))),
        result=result_text(change["result"]),
        state=STATES[Result(change["result"])],
        steps=" ".join(change["steps"]),
    )


def result_text(result: str) -> str:
    """What a change leads to."""
    return {
        Result.YES: _("ja"),
        Result.YES_GUARANTEE_RUNS: _("ja, och vårdgarantin fortsätter att gälla"),
        Result.NO: _("nej"),
        Result.APPROVAL: _("ja, när hemregionen har godkänt"),
        Result.UNKNOWN: _("det vet vi inte"),
    }[Result(result)]


def worded(explained: Json) -> dict[str, Any]:
    """The explanation with `text` beside every code, in the reader's language, for machines to show."""
    return {
        **explained,
        "text": short_text(explained),
        "reasons": _with_texts(explained["reasons"], reason_texts(explained)),
        "obstacles": _with_texts(explained["obstacles"], obstacle_texts(explained)),
        "changes": [
            one | {"text": text.sentence}
            for one, text in zip(explained["changes"], change_texts(explained), strict=True)
        ],
    }


def region_name(code: str | None) -> str:
    """The region's name; "din hemregion" where nobody has said which it is."""
    return _regions().get(code or "") or _("din hemregion")


def clause(text: str) -> str:
    """A condition as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _with_texts(told: list[dict[str, Any]], texts: list[ReasonText]) -> list[dict[str, Any]]:
    return [one | {"text": text.sentence} for one, text in zip(told, texts, strict=True)]


def _reason(explained: Json, one: Json) -> ReasonText:
    cited = one["citation"]
    return ReasonText(
        sentence=_(f"reason.{one['code']}") % _names(explained, one["question"]),
        code=one["code"],
        law=cited["law"],
        place=cited["place"],
        kind=cited["kind"],
        as_of=date.fromisoformat(cited["as_of"]),
        interpretation=one["interpretation"],
    )


def _names(explained: Json, question: str = "") -> dict[str, str]:
    """The regions that a sentence may name; `region` is the one whose requirement is asked about."""
    home, care = region_name(explained["home_region"]), region_name(explained["care_region"])
    region = care if question == Question.CARE_REQUIREMENT else home
    return {"home_region": home, "care_region": care, "region": region}


def _ages(ages: Json | None) -> str:
    if ages is None:
        return ""
    if ages["to"] is None:
        return _("%(age)s år eller äldre") % {"age": ages["from"]}
    return _("%(age)s till %(last)s år") % {"age": ages["from"], "last": ages["to"]}


@cache
def _regions() -> dict[str, str]:
    return {region.code: region.name for region in read_regions()}
