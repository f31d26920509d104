"""The base of every error that a user may see, and the refusals that any app may need."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """On whose side the cause of a refusal lies, as BaRS tells SEND_, REC_ and PROXY_ apart."""

    SENDER = "sender"
    """Whoever asks: the request, the rights or the moment."""
    RECEIVER = "receiver"
    """Whoever gives the care or agreed on its terms: the place, the clinic, the region, the agreement."""
    BROKER = "broker"
    """Vårdbryggan itself."""


class NextStep(StrEnum):
    """What whoever was refused does next; its sentence is `next_step.<code>` in the translations."""

    LOG_IN = "log_in"
    GET_THE_RIGHT = "get_the_right"
    RELOAD_THE_PAGE = "reload_the_page"
    CHECK_THE_ADDRESS = "check_the_address"
    CORRECT_THE_REQUEST = "correct_the_request"
    SEND_LESS = "send_less"
    SEND_A_KEY = "send_a_key"
    TAKE_A_NEW_KEY = "take_a_new_key"
    SEND_THE_SAME_AGAIN = "send_the_same_again"
    WAIT_AND_SEND_AGAIN = "wait_and_send_again"
    LOOK_AGAIN = "look_again"
    CHOOSE_ANOTHER_PLACE = "choose_another_place"
    WAIT_FOR_THE_RELEASE = "wait_for_the_release"
    GIVE_A_HOLD_UP = "give_a_hold_up"
    READ_THE_CONSEQUENCE = "read_the_consequence"
    READ_THE_REASONS = "read_the_reasons"
    CONTACT_THE_CLINIC = "contact_the_clinic"
    CONTACT_THE_REGION = "contact_the_region"
    ASK_THE_PATIENT = "ask_the_patient"
    DO_THAT_FIRST = "do_that_first"
    WAIT_FOR_THE_ANSWER = "wait_for_the_answer"
    NOTHING = "nothing"


USUAL = {
    400: NextStep.CORRECT_THE_REQUEST,
    401: NextStep.LOG_IN,
    403: NextStep.GET_THE_RIGHT,
    404: NextStep.CHECK_THE_ADDRESS,
    405: NextStep.CORRECT_THE_REQUEST,
    406: NextStep.CORRECT_THE_REQUEST,
    409: NextStep.LOOK_AGAIN,
    410: NextStep.NOTHING,
    413: NextStep.SEND_LESS,
    415: NextStep.CORRECT_THE_REQUEST,
    422: NextStep.CORRECT_THE_REQUEST,
    429: NextStep.WAIT_AND_SEND_AGAIN,
    500: NextStep.SEND_THE_SAME_AGAIN,
    503: NextStep.SEND_THE_SAME_AGAIN,
}
"""The next step after a refusal that names none of its own, by status."""


class Refusal(Exception):
    """The request could not be carried out.

    A subclass has a stable `code`, an HTTP `status`, whose `fault` it is, the `next_step`, and its docstring
    as the default sentence; screens and the API translate `refusal.<code>`. `data` holds what the answer
    needs besides the sentence (alternatives, field errors); it never holds personal data. `retry_after` in
    it, in seconds, becomes the header of that name.
    """

    code = "refused"
    status = 409
    fault: Fault = Fault.SENDER
    next_step: NextStep = USUAL[status]

    def __init_subclass__(cls) -> None:
        if "status" in vars(cls) and "next_step" not in vars(cls):
            cls.next_step = USUAL[cls.status]

    def __init__(self, **data: Any) -> None:
        self.data: Mapping[str, Any] = data
        super().__init__(self.default_sentence())

    @classmethod
    def default_sentence(cls) -> str:
        """First line of the class docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @property
    def message_id(self) -> str:
        """Key of the translated sentence."""
        return f"refusal.{self.code}"


class NotAllowed(Refusal):
    """You do not have the right to do this."""

    code = "not_allowed"
    status = 403


class LoginRequired(Refusal):
    """Log in first."""

    code = "login_required"
    status = 401


class NotFound(Refusal):
    """There is nothing here, or it is not yours to see."""

    code = "not_found"
    status = 404


class Invalid(Refusal):
    """Something in the request is missing or wrong."""

    code = "invalid"
    status = 422


class KeyReused(Refusal):
    """This Idempotency-Key was already used for another request."""

    code = "idempotency_key_reused"
    status = 422
    next_step = NextStep.TAKE_A_NEW_KEY


class KeyMissing(Refusal):
    """This request needs an Idempotency-Key, so that it can be retried safely."""

    code = "idempotency_key_missing"
    status = 400
    next_step = NextStep.SEND_A_KEY


class KeyTooLong(Refusal):
    """The Idempotency-Key is too long."""

    code = "idempotency_key_too_long"
    status = 400
    next_step = NextStep.SEND_A_KEY


class KeyInUse(Refusal):
    """The first request with this Idempotency-Key is still being carried out."""

    code = "idempotency_key_in_use"
    next_step = NextStep.SEND_THE_SAME_AGAIN


class OutcomeUnknown(NotFound):
    """No request with this Idempotency-Key has been carried out, or it was too long ago."""

    code = "outcome_unknown"
    next_step = NextStep.SEND_THE_SAME_AGAIN


class UnreadableBody(Refusal):
    """The body is not JSON, or cannot be read as text."""

    code = "invalid_json"
    status = 400


class BadRequest(Refusal):
    """The request could not be read."""

    code = "bad_request"
    status = 400


class CsrfFailed(Refusal):
    """The form was too old or came from elsewhere; nothing was sent."""

    code = "csrf_failed"
    status = 403
    next_step = NextStep.RELOAD_THE_PAGE


class MethodNotAllowed(Refusal):
    """This address does not take that method."""

    code = "method_not_allowed"
    status = 405


class NotAcceptable(Refusal):
    """The answer cannot be given in the format that was asked for."""

    code = "not_acceptable"
    status = 406


class UnknownMediaType(Refusal):
    """The body is in a format that is not taken here."""

    code = "unsupported_media_type"
    status = 415


class TooManyRequests(Refusal):
    """Too many requests in a short time."""

    code = "too_many_requests"
    status = 429


class OurFault(Refusal):
    """Something went wrong with us; nothing was saved."""

    code = "fault"
    status = 500
    fault = Fault.BROKER


class Unavailable(Refusal):
    """We cannot answer for a moment; nothing was saved."""

    code = "unavailable"
    status = 503
    fault = Fault.BROKER


class PastRefusal(Refusal):
    """The request was refused the first time, and still is."""

    def __init__(self, *, code: str, status: int, data: Mapping[str, Any]) -> None:
        self.code, self.status = code, status
        kind = kind_of(code)
        self.fault, self.next_step = kind.fault, kind.next_step
        super().__init__(**data)


def kind_of(code: str) -> type[Refusal]:
    """The refusal with that code; Refusal itself for a code that is used no more."""
    return next((kind for kind in kinds() if kind.code == code), Refusal)


def kinds(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal that is defined in the modules that are loaded."""
    for kind in of.__subclasses__():
        if kind is not PastRefusal:
            yield kind
            yield from kinds(kind)
