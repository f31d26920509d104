"""Rules, administrators and their browsers for the tests of the register."""

from datetime import UTC, date, datetime
from typing import Any

from django.test import Client

from accounts.roles import Role
from accounts.tenancy import Actor
from contracts.terms import ReferralRule
from tests.factories import FOREVER_AGO, TODAY, a_region, acting, staff

NOW = datetime.now(UTC)


def administrator(region: str = "19") -> Actor:
    """Somebody who edits a region's rules."""
    return acting(staff(Role.REGION_ADMINISTRATOR, a_region(region).tenant))


def browser(role: Role = Role.REGION_ADMINISTRATOR, region: str = "19") -> Client:
    """The browser of somebody who works for a region."""
    client = Client()
    user = staff(role, a_region(region).tenant)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_rule(region: str = "19", **also: Any) -> ReferralRule:
    """A requirement of remiss for an eye visit, in force since long ago."""
    fields = {
        "care": "besok-ogon",
        "valid_from": FOREVER_AGO,
        "source": "Beslut RS 1",
        "checked": TODAY,
        "confidence": "high",
        "text_sv": "Remiss till ögonmottagning",
    }
    return ReferralRule(region=region, **fields | also)


def day(text: str) -> date:
    """A day written YYYY-MM-DD."""
    return date.fromisoformat(text)
