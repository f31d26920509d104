"""What was done (Event) and who read what (AccessLog): append-only."""

from django.db import models

from accounts.models.tenants import Tenant
from accounts.models.users import User


class Event(models.Model):
    """One change, written in the transaction that made it; rows are never changed or removed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    """Responsible tenant of a need-plane change; null for the public capacity plane."""
    addressed_to = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    noun = models.CharField(max_length=40)
    noun_id = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["noun", "noun_id", "id"], name="event_of_a_noun")]

    def __str__(self) -> str:
        return f"{self.noun} {self.verb}"


class AccessLog(models.Model):
    """A staff member's read of a patient's row: who, in which assignment, when, why."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    membership_id = models.BigIntegerField(null=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """Tenant responsible for the row that was read."""
    addressed_to = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    """Always empty; the column lets one row policy serve the whole need plane."""
    subject = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    patient_id = models.UUIDField()
    purpose = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["patient_id", "-id"], name="access_to_a_patient")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.at}"
