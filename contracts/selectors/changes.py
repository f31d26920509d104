"""Which changes of terms, rules and windows the asker sees: one small read that says whether to read them."""

from typing import NamedTuple

from accounts.database.statements import tuples_of

SEEN = "SELECT coalesce(sum(many), 0)::bigint, coalesce(sum(total), 0) FROM contracts_termschange"


class TermsMark(NamedTuple):
    """Equal marks: the same changes are seen, so what was read of terms, rules and windows still holds."""

    many: int
    total: int


def terms_mark() -> TermsMark:
    """The mark of the changes that are seen now."""
    ((many, total),) = tuples_of(SEEN, {})
    return TermsMark(many, int(total))
