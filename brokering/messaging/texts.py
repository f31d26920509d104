"""What a message says: always the same sender and frame, one sentence of its kind, no word about the care."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.translation import gettext

from brokering.messaging.carriers import Text
from brokering.messaging.kinds import SAYS_WHEN, MessageKind
from brokering.messaging.timing import SWEDEN


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a text may be made of. `when` is the visit's start where it may be told, otherwise None."""

    kind: MessageKind
    region: str
    when: datetime | None = None


def may_say_when(kind: MessageKind, *, protected: bool) -> bool:
    """Whether the visit's day and time may stand in a message of the kind."""
    return kind in SAYS_WHEN and not protected


def text_of(facts: Facts, *, language: str, channel: str) -> Text:
    """The message in a language (sv, en, sv-ll) for a channel; any other language is told in Swedish."""
    known = language if language in dict(settings.LANGUAGES) else "sv"
    with translation.override(known):
        said = {
            "region": facts.region,
            "sentence": _sentence(facts),
            "address": address(),
        }
        body = render_to_string(f"messages/{channel}.txt", said)
        return Text(subject=gettext("message_frame.subject"), body=body.strip() + "\n")


def address() -> str:
    """Our address as one types it, without anything after it."""
    return urlsplit(settings.PUBLIC_URL).netloc


def _sentence(facts: Facts) -> str:
    if facts.when is None:
        return gettext(f"message.{facts.kind}")
    local = facts.when.astimezone(SWEDEN)
    when = {"day": formats.date_format(local, "l j F"), "clock": local.strftime("%H:%M")}
    return gettext(f"message_when.{facts.kind}") % when
