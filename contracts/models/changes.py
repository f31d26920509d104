"""How often terms, rules and windows have changed: lets a worker keep what it has read of them."""

from django.db import models


class TermsChange(models.Model):
    """A transaction that changed what decides who may use a place; written by triggers alone.

    Number and sum of the rows that somebody sees tell which changes they see: rows are only added, and
    old ones put together into one (`contracts.actions.changes`) leave both as they were.
    """

    transaction = models.BigIntegerField(primary_key=True)
    many = models.BigIntegerField(default=1)
    """How many changes the row stands for."""
    total = models.DecimalField(max_digits=40, decimal_places=0)
    """The sum of their transactions' numbers."""

    def __str__(self) -> str:
        return str(self.transaction)
