"""Small numbers are not shown: fewer than ten could point at someone."""

FEWEST_SHOWN = 10
"""Counts below this are suppressed, as in the source (SOU 2021:59, bilaga 2)."""


def shown(count: int | None) -> int | None:
    """The count if it may be shown; None for a suppressed or unknown one."""
    return None if count is None or count < FEWEST_SHOWN else count
