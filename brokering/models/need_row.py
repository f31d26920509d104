"""What every row of the need plane carries, so that one row policy serves them all."""

import uuid

from django.db import models

from accounts.models import Tenant, User


class NeedRow(models.Model):
    """Responsible tenant, tenant it was addressed to, and the patient's own login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The controller: the home region's tenant."""
    addressed_to = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    """The clinic's tenant, once the row has been addressed to a clinic."""
    subject = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """The patient's login, where there is one."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)
