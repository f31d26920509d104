"""A message is recognised, says no word about the care in any language, and a time only where it may."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as product
from hypothesis import given
from hypothesis import strategies as st

from brokering.messaging.kinds import SAYS_WHEN, MessageKind
from brokering.messaging.texts import Facts, address, may_say_when, text_of
from brokering.models import Channel
from providers.models import Care

LANGUAGES = tuple(code for code, _ in product.LANGUAGES)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=1400)).map(NEW_YEAR.__add__)
texts = st.builds(
    lambda kind, language, channel, when: (
        kind,
        text_of(
            Facts(kind=kind, region="Region Örebro län", when=when if kind in SAYS_WHEN else None),
            language=language,
            channel=channel,
        ),
    ),
    st.sampled_from(MessageKind),
    st.sampled_from(LANGUAGES),
    st.sampled_from(Channel.values),
    st.none() | moments,
)


@pytest.fixture(scope="module")
def care_words(baseline):
    """Every word of the catalogue's names that is not an everyday one."""
    rows = Care.objects.values_list("name_sv", "name_en")
    words = {word.lower() for names in rows for name in names for word in name.split()}
    return {word for word in words if len(word) > 5} - EVERYDAY


EVERYDAY = {"annan", "besök", "behandling", "första"}


def test_no_text_holds_a_word_of_any_care(care_words):
    assert len(care_words) > 40

    @given(texts)
    def says_nothing_of_care(made):
        said = set(made[1].body.lower().replace(".", " ").replace(",", " ").split())
        assert not said & care_words

    says_nothing_of_care()


@given(texts)
def test_every_text_is_recognised_and_holds_no_link(made):
    _, text = made
    assert "Vårdbryggan" in text.subject
    assert "Vårdbryggan" in text.body
    assert address() in text.body
    assert "http" not in text.body
    assert "/" not in text.body


@given(texts)
def test_no_text_holds_a_code_for_words_that_are_missing(made):
    assert not re.search(r"message(_\w+)?\.", made[1].body + made[1].subject)


@given(texts.filter(lambda made: made[0] not in SAYS_WHEN))
def test_a_digit_stands_only_where_a_time_may(made):
    assert not any(sign.isdigit() for sign in made[1].body.replace(address(), ""))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "torsdag 3 december klockan 14:30"),
        ("en", "Thursday 3 December at 14:30"),
        ("sv-ll", "torsdag 3 december klockan 14:30"),
    ],
    ids=LANGUAGES,
)
def test_a_reminder_says_the_day_and_the_swedish_time(language, words):
    when = datetime(2026, 12, 3, 13, 30, tzinfo=UTC)
    facts = Facts(kind=MessageKind.VISIT_REMINDER, region="Region Uppsala", when=when)
    assert words in text_of(facts, language=language, channel="sms").body


def test_nobody_with_protected_identity_is_told_a_time():
    assert [kind for kind in MessageKind if may_say_when(kind, protected=True)] == []
    assert {kind for kind in MessageKind if may_say_when(kind, protected=False)} == SAYS_WHEN


def test_a_language_that_there_is_not_is_told_in_swedish():
    facts = Facts(kind=MessageKind.OFFER_SENT, region="Region Uppsala")
    unknown = text_of(facts, language="fi", channel="email")
    assert unknown == text_of(facts, language="sv", channel="email")
