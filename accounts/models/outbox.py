"""Changes that screens may show, numbered per topic by the relay."""

from django.db import models
from django.db.models import Q

from accounts.models.tenants import Tenant
from accounts.models.users import User


class Topic(models.Model):
    """The last number given out on a topic; only the relay writes it."""

    name = models.CharField(max_length=80, primary_key=True)
    last_number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """One change on one topic; the relay gives it its number after commit."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=80)
    number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    written_at = models.DateTimeField()
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    """Tenant whose members may see it; null together with `subject` means public."""
    addressed_to = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    subject = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="one_change_per_number"),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(number__isnull=True), name="change_not_numbered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.number}"
