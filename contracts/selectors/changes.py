"""Which changes of terms, rules and windows the asker sees: one small read that says whether to read them."""

from typing import Any, NamedTuple

from django.db.models.expressions import RawSQL

from accounts.database.statements import tuples_of

MANY, TOTAL = "coalesce(sum(many), 0)::bigint", "coalesce(sum(total), 0)"
CHANGES = "SELECT {} FROM contracts_termschange"
SEEN = CHANGES.format(f"{MANY}, {TOTAL}")
SEEN_BESIDE = {
    "terms_many": RawSQL(f"({CHANGES.format(MANY)})", ()),
    "terms_total": RawSQL(f"({CHANGES.format(TOTAL)})", ()),
}
"""Annotations of a query set that is to tell the mark beside what it reads, as of the same moment."""


class TermsMark(NamedTuple):
    """Equal marks: the same changes are seen, so what was read of terms, rules and windows still holds."""

    many: int
    total: int


def mark_beside(row: Any) -> TermsMark:
    """The mark of the changes that were seen when a row was read with `SEEN_BESIDE`."""
    return TermsMark(row.terms_many, int(row.terms_total))


def terms_mark() -> TermsMark:
    """The mark of the changes that are seen now."""
    ((many, total),) = tuples_of(SEEN, {})
    return TermsMark(many, int(total))
