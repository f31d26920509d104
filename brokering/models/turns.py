"""Whose turn it is, as an index of the database: the order in which those who wait choose."""

from django.db import models

from providers.models import Care


class Turn(models.Model):
    """One need that waits and has a need class and a home region; it exists exactly as long as that is so.

    Triggers write it with the need and its trail, so no way to change a need can forget it; matching alone
    reads it, and works out what follows from law (`due`). Holds no person: the key is opaque.
    """

    need_key = models.UUIDField(primary_key=True)
    care = models.ForeignKey(Care, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    priority = models.PositiveSmallIntegerField()
    since = models.DateField()
    """Since when the person waits."""
    due = models.DateField(null=True)
    """Last day in time; null without one. It means something through `stands_until` alone."""
    stands_until = models.DateField(null=True)
    """Last day on which `due` holds; null when something has changed since it was worked out."""
    stamp = models.BigIntegerField()
    """Of the transaction that changed the need last: what was worked out before it is not written."""

    # All that follows is worked out with `due` and stands as long as it. It lets a free place pass by at
    # once those whom it cannot suit; whoever is left is looked at in full.
    chooses_on = models.DateField(null=True)
    """Orders those of one need class who want to be in time: by `brokering.selectors.turning`."""
    is_matched = models.BooleanField(null=True)
    """Whether a machine may match the need; false where it is left to a person."""
    home_region = models.CharField(max_length=2, db_default="")
    routes = models.PositiveSmallIntegerField(null=True)
    """The routes beside one's own region's, a bit each (`brokering.selectors.turns.AWAY`)."""
    law = models.BigIntegerField(null=True)
    """A number for all that law asks of the need but the age: who share it share every answer."""
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    reach = models.PositiveIntegerField(null=True)
    """Most kilometres to travel, where a limit is stated."""
    earliest = models.DateField(null=True)
    latest = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["care", "priority", "chooses_on", "since", "need_key"], name="turns_in_time"
            ),
            models.Index(fields=["care", "priority", "since", "need_key"], name="turns_by_waiting"),
            models.Index(fields=["care", "stands_until"], name="turns_to_work_out"),
        ]

    def __str__(self) -> str:
        return str(self.need_key)
