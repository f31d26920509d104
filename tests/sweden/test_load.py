"""Writing the synthetic Sweden into the database."""

import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.identity import Sealed, decrypt
from accounts.models import Membership, Tenant, User
from brokering.actions.contact_points import address_of
from brokering.models import ClockEvent, ContactPoint, Patient, Referral
from brokering.sweden.logins import PASSWORD
from contracts.models import Agreement
from providers.models import CapacityStatement, Clinic, Slot

pytestmark = pytest.mark.usefixtures("database")


LAID_OUT = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL
SELECT concat(conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid)) FROM pg_constraint
"""
CASTS = re.compile(r"::character varying|::text|[()\[\] ]")
"""PostgreSQL prints a list of texts in more than one way."""


def structure() -> list[str]:
    """Every index and constraint there is."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(LAID_OUT)
        return sorted(CASTS.sub("", text) for (text,) in cursor.fetchall())


def load(**options: object) -> str:
    said = StringIO()
    call_command(
        "load_sweden", today=datetime(2026, 3, 2, tzinfo=UTC).date(), stdout=said, **options
    )
    return said.getvalue()


def test_the_demo_has_people_clinics_agreements_and_times(settings) -> None:
    settings.DEBUG = True
    before = structure()
    said = load()
    assert structure() == before
    referrals = Referral.objects.using("owner")
    times, places = (Slot.objects.filter(statement__isnull=timed) for timed in (True, False))
    assert (referrals.count(), times.count(), Clinic.objects.count()) == (3500, 18_000, 241)
    assert places.count() == sum(CapacityStatement.objects.values_list("places", flat=True)) == 126
    assert "estimated" in said
    assert "invented" in said
    assert not Patient.objects.using("owner").filter(synthetic=False).exists()
    assert Agreement.objects.filter(synthetic=True).count() == Agreement.objects.count()
    assert ClockEvent.objects.using("owner").exists()
    assert_logins()
    assert_second_load_changes_nothing()
    assert_same_bytes_again()


def assert_logins() -> None:
    user = User.objects.get(username="patient-24")
    assert check_password(PASSWORD, user.password)
    patient = Patient.objects.using("owner").get(subject=user)
    number = decrypt(Sealed(patient.identity_key_version, bytes(patient.identity_encrypted)))
    assert number[8:11] == "238"
    [point] = ContactPoint.objects.using("owner").filter(patient=patient)
    assert address_of(point) == "patient-24@example.invalid"
    assert point.subject_id == user.id
    navigator = Membership.objects.get(user__username="vardlots-24")
    assert navigator.tenant.region.code == "24"
    staff = Membership.objects.get(user__username="mottagning-privat")
    assert staff.tenant.kind == Tenant.Kind.PROVIDER
    said = StringIO()
    call_command("demo_logins", stdout=said)
    assert "vardlots-01" in said.getvalue()


def assert_second_load_changes_nothing() -> None:
    assert "nothing was changed" in load()
    assert Referral.objects.using("owner").count() == 3500


def assert_same_bytes_again() -> None:
    """The same seed and day write the same bytes, encrypted numbers and passwords included."""
    before = digest()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "TRUNCATE brokering_patient, providers_provider, accounts_membership CASCADE"
        )
        cursor.execute("TRUNCATE contracts_party_members")
        cursor.execute("DELETE FROM contracts_party WHERE synthetic")
        cursor.execute("DELETE FROM accounts_user WHERE synthetic")
        cursor.execute("DELETE FROM accounts_tenant WHERE synthetic")
    load()
    assert digest() == before


def digest() -> list[str]:
    """One hash per table over all its rows."""
    tables = (
        "brokering_patient",
        "brokering_contactpoint",
        "brokering_referral",
        "providers_slot",
        "contracts_agreement",
        "contracts_lot",
        "contracts_releasepolicy",
        "accounts_user",
    )
    with connections["owner"].cursor() as cursor:
        found = []
        for table in tables:
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t")
            found.append(cursor.fetchone()[0])
    return found


def test_a_database_with_a_real_person_is_refused() -> None:
    User.objects.using("owner").create(username="någon", is_patient=True)
    with pytest.raises(CommandError, match="not synthetic"):
        load()
    assert not Clinic.objects.exists()


def test_outside_the_demo_nobody_can_log_in(settings) -> None:
    settings.DEBUG = False
    load()
    assert not User.objects.filter(username="patient-24", password__startswith="argon2").exists()
    said = StringIO()
    call_command("demo_logins", stdout=said)
    assert PASSWORD not in said.getvalue()
