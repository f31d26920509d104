"""A day with a slip in its year is said on the page: it never ends in an error nobody can read."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.roles import Role
from providers.models import CapacityRestriction
from tests.factories import OWNER, staff

SLIPS = ["0001-01-01", "9999-12-31", "20260-01-01"]
SENTENCE = "Skriv dagen som år-månad-dag, till exempel 2026-12-01."


@pytest.fixture
def dana(clinic):
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant))
    return client


@pytest.mark.parametrize("day", SLIPS)
def test_a_clinic_is_not_closed_until_a_day_that_is_a_slip(clinic, dana, day):
    said = {"first": "2026-12-01", "last": "2026-12-02", "reason": "premises", "step": "decide"}
    for name in ("first", "last"):
        sent = said | {name: day, "decision_reference": "RS 1", "key": str(uuid4())}
        answer = dana.post(f"/mottagning/{clinic.id}/stangt/", sent)
        assert answer.status_code == 422
        assert SENTENCE in answer.content.decode()
    assert not CapacityRestriction.objects.using(OWNER).exists()


@pytest.mark.parametrize("day", SLIPS)
def test_no_window_is_set_from_a_day_that_is_a_slip(clinic, dana, day):
    said = {"kind": "window", "window-length": "7", "window-unit": "days", "window-care": ""}
    sent = said | {"window-valid_from": day, "window-key": str(uuid4())}
    answer = dana.post(f"/mottagning/{clinic.id}/fordelning/", sent)
    assert answer.status_code == 422
    assert SENTENCE in answer.content.decode()
