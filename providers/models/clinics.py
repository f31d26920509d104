"""Care providers and their clinics."""

import uuid
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Tenant
from providers.codes import HsaId
from providers.models.places import Care, Municipality


class Provider(models.Model):
    """Vårdgivare: the legal person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    organisation_number = models.CharField(max_length=10, unique=True)
    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="provider")
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Clinic(models.Model):
    """Vårdenhet: the unit that publishes and receives."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hsa_id = models.CharField(max_length=31, unique=True)
    name = models.CharField(max_length=200)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="clinics")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="clinics")
    """The provider's tenant, repeated here for the row policies."""
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="clinics")
    street = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    cares = models.ManyToManyField(Care, related_name="clinics")
    """What the clinic offers; only these can be published."""
    release_after = models.DurationField()
    """How long a published slot waits for a matching round before free booking opens."""
    promised_age = models.DurationField()
    """Information older than this is demoted in search."""
    cancel_until = models.DurationField(db_default=timedelta(0))
    """Up to how long before a visit a patient may cancel or move it here; later they call the clinic."""
    phone = models.CharField(max_length=20, blank=True, db_default="")
    """Whom to call who can no longer cancel or move a visit by themselves."""
    languages = ArrayField(models.CharField(max_length=3), default=list, db_default=[])
    """ISO 639 codes of the languages in which patients are received, besides Swedish."""
    accessibility = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    """Codes of what the clinic says of its premises; what is not named is not known."""
    confirmed_at = models.DateTimeField()
    """When the clinic last confirmed or changed its capacity."""
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hsa_id__regex=f"^{HsaId.pattern.pattern}$"), name="clinic_hsa_id_format"
            )
        ]

    def __str__(self) -> str:
        return self.name
