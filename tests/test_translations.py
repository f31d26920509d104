"""Every sentence and every code is said in Swedish, English and lättläst, and nothing is said for nobody."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from accounts.errors import NextStep, PastRefusal, Refusal
from accounts.roles import Role
from brokering import verdict
from brokering.law.cancellations import cancel_reasons
from brokering.law.citations import all_reasons
from brokering.law.codes import ReasonCode
from brokering.law.decision import Bookable
from brokering.law.duty import Trigger
from brokering.law.explanation import Short, Step
from brokering.law.facts import CareForm
from brokering.law.parameters import parameters
from brokering.law.payer import Payer
from brokering.matching import codes
from brokering.matching.bypasses import codes as bypass_codes
from brokering.matching.readiness import checklist
from brokering.messaging.kinds import SAYS_WHEN, ContactWhy, MessageKind
from brokering.models import Approval, Channel
from brokering.notes import Evidence
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER
from brokering.states import MessageState
from config.launcher import wanted
from config.launcher.messages import catalogues
from config.launcher.places import ROOT
from contracts import terms
from contracts.forms.rules import CONFIDENCE
from contracts.models import Agreement, PriceLine
from contracts.reference import (
    RULE_COLUMNS,
    SURPLUS,
    YES_NO,
    read_completeness,
    read_referral_rules,
)
from contracts.selectors import rule_import
from contracts.selectors.register import DIFFED
from insight.measures import Fate
from insight.selectors.demand import Reach
from insight.selectors.visibility import Remedy, Why
from providers.codes import RestrictionReason
from providers.feeds.faults import BadLine, Problem
from providers.files.faults import RowFault
from providers.freshness import HiddenWhy
from providers.selectors.deliveries import PUBLISHED
from providers.selectors.feeds import DONE, KINDS_OF_TIME
from tests.contracts import agreement_codes

LANGUAGES = ("sv", "en", "sv_LL")
SCREENS = [ROOT / "locale" / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES[1:]]
KIND = re.compile(r"[a-z_]+\.(?=\S)")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%d|<[^>]+>")


def key(sentence: wanted.Sentence) -> wanted.Sentence:
    return sentence if isinstance(sentence, str) else tuple(sentence)


@cache
def asked() -> frozenset[wanted.Sentence]:
    return frozenset(key(message.id) for message in wanted.wanted() if message.id)


@cache
def read(path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages(language: str) -> Iterator[Message]:
    for path in catalogues():
        if path.parents[1].name == language:
            yield from (message for message in read(path) if message.id)


def told(language: str) -> dict[str, str]:
    """The sentences of all codes; what a region writes itself, such as its certainty, may be words."""
    return {str(m.id): m.string for m in messages(language) if KIND.match(str(m.id))}


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def refusals() -> set[str]:
    """The code of every refusal that any module of the product defines."""
    for app in wanted.APPS[:-1]:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            importlib.import_module(module.name)
    ours = (one for one in subclasses(Refusal) if one.__module__.partition(".")[0] in wanted.APPS)
    return {one.code for one in ours if one is not PastRefusal} | {Refusal.code}


def given(keyword: str) -> set[str]:
    """Every literal that the product's code passes as that keyword."""
    trees = (
        ast.parse(path.read_text("utf-8"))
        for app in wanted.APPS
        for path in (ROOT / app).rglob("*.py")
    )
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    values = (pair.value for call in calls for pair in call.keywords if pair.arg == keyword)
    return {value.value for value in values if isinstance(value, ast.Constant) and value.value}


def obstacles() -> set[str]:
    of_terms = re.findall(r'"(terms_\w+)"', ROOT.joinpath(terms.__file__).read_text("utf-8"))
    return {*of_terms, verdict.SAID_NO}


def reasons_to_refuse_a_line() -> set[str]:
    source = ROOT.joinpath(rule_import.__file__).read_text("utf-8")
    return set(re.findall(r'(?:_refused\(.*|\("\w+"), "(\w+)"[,)]', source))


def certainties() -> set[str]:
    shipped = {one.confidence for one in (*read_referral_rules(), *read_completeness())}
    return shipped | {value for value, _ in CONFIDENCE}


def extras() -> set[str]:
    return {extra for rule in read_referral_rules() for extra in rule.extra_requirements}


def frame_of_messages() -> set[str]:
    frames = "".join(path.read_text("utf-8") for path in ROOT.glob("templates/messages/*.txt"))
    return set(re.findall(r'"message_frame\.(\w+)"', frames)) | {"subject"}


KINDS = {
    "refusal": refusals,
    "next_step": lambda: set(NextStep),
    "role": lambda: set(Role),
    "purpose": lambda: given("purpose"),
    "visit_evidence": lambda: set(Evidence),
    "trigger": lambda: {code.value for code in Trigger} | given("trigger"),
    "search_step": lambda: set(REROUTE_SEARCH_ORDER),
    "regime": lambda: set(Agreement.Regime.values),
    "price": lambda: set(PriceLine.Model.values),
    "open_for_others": lambda: set(Agreement.OpenForOthers.values),
    "obstacle": obstacles,
    "match": lambda: set(codes.ALL),
    "reason": lambda: {code.value for code in ReasonCode},
    "short": lambda: {code.value for code in Short},
    "change": lambda: {step.value for step in Step},
    "shift_bookable": lambda: set(Bookable),
    "shift_payer": lambda: set(Payer),
    "care_form": lambda: set(CareForm),
    "issuer": lambda: set(terms.ISSUERS),
    "extra": extras,
    "required": lambda: set(YES_NO),
    "confidence": certainties,
    "rule_column": lambda: set(DIFFED),
    "csv_column": lambda: {*RULE_COLUMNS, SURPLUS},
    "hidden": lambda: {code.value for code in HiddenWhy},
    "fate": lambda: set(get_args(rule_import.Outcome)),
    "row": lambda: {*PUBLISHED, *RowFault},
    "fate_why": reasons_to_refuse_a_line,
    "cancel_reason": lambda: set(cancel_reasons()),
    "ready": lambda: set(checklist()),
    "restriction_reason": lambda: set(RestrictionReason),
    "feed_problem": lambda: set(Problem),
    "feed_line": lambda: set(BadLine),
    "feed_times": lambda: set(KINDS_OF_TIME),
    "feed_done": lambda: set(DONE),
    "unseen": lambda: set(Why) - {Why.NOTHING, Why.HIDDEN, Why.ANSWER},
    "remedy": lambda: set(Remedy),
    "reach": lambda: set(Reach),
    "slot_fate": lambda: set(Fate),
    "approval_reason": lambda: set(Approval.Reason.values),
    "message": lambda: set(MessageKind),
    "message_when": lambda: set(SAYS_WHEN),
    "message_kind": lambda: set(MessageKind),
    "message_state": lambda: set(MessageState),
    "message_frame": frame_of_messages,
    "channel": lambda: set(Channel.values),
    "contact_why": lambda: set(ContactWhy),
    "bypass": lambda: set(bypass_codes()),
    **agreement_codes.KINDS,
}
"""Which codes there are of each kind, read from where they are defined."""


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.parents[1].name)
def test_every_sentence_of_the_screens_is_translated(path):
    had = {key(message.id) for message in read(path) if message.id and all(message.string)}
    assert sorted(map(str, asked() - had)) == [], (
        "`make messages` takes them in; then give them words"
    )


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.parents[1].name)
def test_no_translation_is_left_of_a_sentence_that_is_gone(path):
    had = {key(message.id) for message in read(path) if message.id}
    assert sorted(map(str, had - asked())) == [], "`make messages` drops them"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_code_has_its_sentence_and_no_sentence_lacks_its_code(kind, language):
    worded = {
        name for name, words in told(language).items() if words and name.startswith(f"{kind}.")
    }
    assert worded == {f"{kind}.{code}" for code in KINDS[kind]()}


def test_every_kind_of_code_that_a_face_asks_for_is_known_here():
    pages = [path.read_text("utf-8") for path in ROOT.glob("templates/**/*.html")]
    modules = [p.read_text("utf-8") for app in wanted.APPS for p in (ROOT / app).rglob("*.py")]
    kinds = re.findall(r'worded:"(\w+)"', "\n".join(pages))
    kinds += re.findall(r'\bworded\(.+, "(\w+)"\)', "\n".join(modules))
    kinds += re.findall(r"\b(?:_|gettext)\(\s*f[\"'](\w+)\.\{", "\n".join(modules))
    assert set(kinds) <= set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_code_in_the_catalogues_is_known_here(language):
    assert {name.partition(".")[0] for name in told(language)} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_placeholder_and_none_is_a_guess(language):
    for message in messages(language):
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        assert not message.fuzzy, message.id
        assert list(message.check()) == [], message.id
        if not wanted.CODE.fullmatch(ids[0]):
            allowed = {found for one in ids for found in PLACEHOLDER.findall(one)}
            assert {found for one in said for found in PLACEHOLDER.findall(one)} == allowed, (
                message.id
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_of_a_code_ask_for_nothing_that_the_swedish_one_does_not(language):
    swedish = told("sv")
    for name, words in told(language).items():
        assert set(PLACEHOLDER.findall(words)) <= set(PLACEHOLDER.findall(swedish[name])), name


def test_every_law_that_is_cited_has_an_english_name():
    named = {str(message.id) for message in messages("en")}
    shipped = {value.citation.law for one in parameters().values() for value in one.values}
    shipped |= {reason.citation.law for reason in all_reasons().values() if reason}
    shipped |= {one.source for one in (*read_referral_rules(), *read_completeness())}
    assert sorted(shipped - named - {"SOU 2021:59"}) == []


def test_lattlast_is_not_harder_than_swedish():
    """Words a sentence, a plain measure: seldom more than twelve, and never more than twenty."""
    lengths = [
        len(sentence.split())
        for message in messages("sv_LL")
        for said in ([message.string] if isinstance(message.string, str) else message.string)
        for sentence in re.split(r"[.?!:](?:\s|$)", said)
        if sentence
    ]
    assert max(lengths) <= 20
    assert sum(length > 12 for length in lengths) <= len(lengths) / 20


def test_no_module_asks_for_a_translation_under_a_name_that_is_not_looked_for():
    modules = [p.read_text("utf-8") for app in wanted.APPS for p in (ROOT / app).rglob("*.py")]
    assert set(re.findall(r"\bn?gettext\w* as (\w+)", "\n".join(modules))) <= set(wanted.ASKED_BY)


def test_a_new_sentence_is_found_in_a_template_and_in_code(tmp_path):
    page, code = tmp_path / "page.html", tmp_path / "page.py"
    page.write_text(
        '{% load i18n %}{% translate "Hej" %}{% blocktranslate count n=n %}En'
        "{% plural %}Två{% endblocktranslate %}"
    )
    code.write_text(
        '_("Ny mening")\nngettext("en", "flera", n)\n_("refusal.code")\n_(f"reason.{code}")\n'
    )
    assert list(wanted.sentences(page)) == ["Hej", ("En", "Två")]
    assert list(wanted.sentences(code)) == ["Ny mening", ("en", "flera")]


def test_a_catalogue_takes_in_what_is_new_and_drops_what_is_gone(tmp_path):
    path = tmp_path / "en" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n\nmsgid "Logga in"\nmsgstr "Log in"\n\nmsgid "Borta"\nmsgstr "Gone"\n'
    )
    lacking = wanted.merge(path)
    assert read(path)["Logga in"].string == "Log in"
    assert "Borta" not in read(path)
    assert {key(one) for one in lacking} == asked() - {"Logga in"}
