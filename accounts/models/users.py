"""A person who logs in, and what that person is in each tenant."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q

from accounts.database.prepared import Asked, Prepared
from accounts.models.tenants import Tenant
from accounts.roles import Role

SYSTEM_USER_ID = uuid.UUID("00000000-0000-4000-8000-000000000001")
"""The user that scheduled work acts as; it cannot log in."""


class Logins(UserManager["User"]):
    """Logins; the one of a session, which every request asks for, comes by a prepared statement."""

    use_in_migrations = False

    def get(self, *args: Any, **which: Any) -> "User":
        """As usual."""
        if args or which.keys() != {"pk"} or self._db:
            return super().get(*args, **which)
        found = BY_KEY.first(pk=which["pk"])
        if found is None:
            raise self.model.DoesNotExist
        return found


class User(AbstractUser):
    """A login. What it may do follows from its memberships and from being a patient."""

    objects: ClassVar[Logins] = Logins()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_patient = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)
    demo_story = models.CharField(max_length=200, blank=True)
    """What a demo login is good for; empty for real people."""


BY_KEY = Prepared(lambda: User.objects.filter(pk=Asked("pk")))


class Membership(models.Model):
    """A user's role in a tenant for a period (medarbetaruppdrag)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(role, role) for role in Role])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="membership_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["user", "tenant", "role", "valid_from"], name="one_membership_per_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.tenant_id}"
