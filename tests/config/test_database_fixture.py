"""The database that tests get: real roles, real commits, and the same start every time."""

import pytest
from django.db import connection, connections
from django.db.utils import ProgrammingError

from accounts.models import Tenant
from providers.models import Region
from tests.baseline import Baseline


def test_tests_talk_to_postgresql_as_the_applications_own_role(database):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("vardbryggan_app", False, False)


def test_the_applications_own_role_cannot_change_the_schema(database):
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE sneaked_in (x int)")


def test_the_reference_data_are_there(database):
    assert Region.objects.count() == 21


def test_what_a_test_commits_is_gone_for_the_next_and_reference_rows_are_put_back(
    database, baseline: Baseline
):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE providers_region SET name = 'Elsewhere'")
    tenants = Tenant.objects.using("owner").count()
    Tenant.objects.using("owner").create(name="Passing by")
    baseline.put_back()
    assert not Region.objects.filter(name="Elsewhere").exists()
    assert Tenant.objects.using("owner").count() == tenants
