"""What a yes and a no to an offer mean, and how somebody was sought, in sentences."""

from datetime import date

from django import template
from django.utils.translation import gettext as _

from accounts.templatetags.screen import weekday_date
from brokering.law.decision import GuaranteeEffect
from brokering.messaging.asking import Reached
from brokering.models import ContactAttempt
from brokering.selectors.answers import NO_GUARANTEE, No, Yes

register = template.Library()


@register.filter
def yes_means(yes: Yes) -> str:
    """What a yes does to the guarantee."""
    if yes.effect == GuaranteeEffect.EXCLUDED:
        return _excluded(yes)
    if yes.effect == GuaranteeEffect.UNSETTLED:
        return _("Det är oklart vad som händer med vårdgarantin. Fråga din region innan du svarar.")
    if yes.effect == GuaranteeEffect.NONE or yes.due is None:
        return _("Vårdgarantin påverkas inte.")
    if yes.in_time:
        return _("Tiden ligger inom vårdgarantin, som gäller till %(due)s.") % _on(yes.due)
    return _("Tiden ligger efter vårdgarantins sista dag, %(due)s.") % _on(yes.due)


@register.filter
def no_means(no: No) -> str:
    """What a no does to the guarantee, and why."""
    if no.pauses:
        return _(
            "Tiden ligger inom vårdgarantin. Om du tackar nej räknas inga fler dagar, från i dag tills du"
            " säger att du har ångrat dig."
        )
    if no.missing == NO_GUARANTEE:
        return _("Den här vården har ingen vårdgaranti som kan påverkas.")
    if no.missing == "refusal_of_late_offer" and no.due_when_offered:
        return _(
            "Tiden ligger efter vårdgarantins sista dag, %(due)s. Ett nej ändrar ingenting: dagarna"
            " räknas som förut."
        ) % _on(no.due_when_offered)
    return _("Ett nej ändrar ingenting i vårdgarantin.")


@register.filter
def sought_how(attempt: ContactAttempt) -> str:
    """By what way somebody was sought."""
    return {
        "email": _("E-post"),
        "sms": _("Sms"),
        "letter": _("Brev"),
        "phone": _("Telefon"),
    }.get(attempt.way, _("Inget sätt"))


@register.filter
def what_came(attempt: ContactAttempt) -> str:
    """What came of an attempt."""
    return outcome_words()[Reached(attempt.outcome)]


def outcome_words() -> dict[Reached, str]:
    """Every outcome in words."""
    return {
        Reached.SENT: _("Meddelande lagt"),
        Reached.NO_WAY: _("Ingen adress att skicka till"),
        Reached.NO_ANSWER: _("Inget svar"),
        Reached.LEFT_WORD: _("Lämnade besked att vi ringt"),
        Reached.SPOKEN: _("Talade med personen"),
    }


def _excluded(yes: Yes) -> str:
    if yes.day_number is None or yes.limit_days is None:
        return _("Du väljer en annan region. Då gäller inte vårdgarantin för den tiden.")
    days = {"day": yes.day_number, "limit": yes.limit_days}
    return (
        _(
            "Du väljer en annan region. I dag är dag %(day)s av %(limit)s i vårdgarantin, och från i dag"
            " räknas inga fler dagar."
        )
        % days
    )


def _on(due: date) -> dict[str, str]:
    return {"due": weekday_date(due)}
