"""The base of every error that a user may see, and the refusals that any app may need."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """The request could not be carried out.

    A subclass has a stable `code`, an HTTP `status`, and its docstring as the default sentence; screens
    and the API translate `refusal.<code>`. `data` holds what the answer needs besides the sentence
    (alternatives, field errors); it never holds personal data.
    """

    code = "refused"
    status = 409

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


class KeyMissing(Refusal):
    """This request needs an Idempotency-Key, so that it can be retried safely."""

    code = "idempotency_key_missing"
    status = 400


class KeyTooLong(Refusal):
    """The Idempotency-Key is too long."""

    code = "idempotency_key_too_long"
    status = 400


class PastRefusal(Refusal):
    """The request was refused the first time, and still is."""

    def __init__(self, *, code: str, status: int, data: Mapping[str, Any]) -> None:
        self.code, self.status = code, status
        super().__init__(**data)
