"""What came of a request that carried an Idempotency-Key."""

from django.db import models

from accounts.models.users import User


class Outcome(models.Model):
    """The answer to one key of one principal; kept so that a retry gets the same answer."""

    id = models.BigAutoField(primary_key=True)
    principal = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)
    """SHA-256 of the request, so that a key cannot be reused for something else."""
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(default=dict)
    """The answer of a page; of one that was sent over REST only the text is kept."""
    text = models.TextField(default="", db_default="")
    """The answer's body as it was sent over REST; empty for a page's answer and where nothing is sent."""
    headers = models.JSONField(default=dict)
    """Headers of that answer that a replay repeats; none for a page's answer, which is made anew."""
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="one_outcome_per_key"),
        ]
        indexes = [models.Index(fields=["created_at"], name="outcome_age")]

    def __str__(self) -> str:
        return self.key
