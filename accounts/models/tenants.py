"""A tenant: the controller of its own rows in the need plane."""

import uuid

from django.db import models


class Tenant(models.Model):
    """A region or a care provider as controller (personuppgiftsansvarig) of its own rows."""

    class Kind(models.TextChoices):
        REGION = "region", "Region"
        PROVIDER = "provider", "Vårdgivare"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
