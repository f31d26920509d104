"""What can be wrong with a question to the law, and the answer that a rule is not in force."""

from datetime import date


class QuestionError(Exception):
    """The question cannot be read: `code` is stable, `field` a dotted path (None for the whole line)."""

    def __init__(self, code: str, field: str | None, detail: str) -> None:
        self.code = code
        self.field = field
        self.detail = detail
        super().__init__(f"{code} at {field}: {detail}")

    def as_json(self) -> dict[str, dict[str, str | None]]:
        """The error as `decide` and `clock` answer it."""
        return {"error": {"code": self.code, "field": self.field, "detail": self.detail}}


class RouteMismatch(QuestionError):
    """The route contradicts the regions; it is never corrected in silence."""

    def __init__(self, detail: str) -> None:
        super().__init__("route_mismatch", "route", detail)


class NotInForce(Exception):
    """The parameter has no value on that day."""

    def __init__(self, name: str, on: date) -> None:
        super().__init__(f"{name} is not in force on {on.isoformat()}")
