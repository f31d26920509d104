"""What selectors ask by: statements that the server keeps prepared."""

from accounts.database.statements import rows_of, tuples_of

__all__ = ["rows_of", "tuples_of"]
