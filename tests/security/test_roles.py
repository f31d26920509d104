"""What each role of the database may not do, whatever the code that speaks through it."""

import pytest
from django.db import DatabaseError, ProgrammingError, connections

from accounts.tenancy import acting_as
from brokering.models.need_row import NeedRow
from tests.factories import a_patient, a_referral
from tests.security.world import NEED_MODELS

pytestmark = pytest.mark.usefixtures("database")
DENIED = "permission denied|must be owner|not allowed"
PUBLIC_TO_MATCHER = {
    *(f"providers_{name}" for name in ("region", "municipality", "care", "provider", "clinic")),
    *(f"providers_{name}" for name in ("clinic_cares", "slot", "claim", "feed")),
    *(f"providers_capacity{name}" for name in ("statement", "restriction")),
    *(f"providers_{name}" for name in ("seriousevent", "clinicday", "watched")),
    *(f"contracts_{name}" for name in ("agreement", "agreement_buyers", "agreement_usable_by")),
    *(f"contracts_{name}" for name in ("lot", "lot_cares", "cap", "capuse", "priceline")),
    *(f"contracts_{name}" for name in ("referralrule", "rulecompleteness", "party")),
    *(f"contracts_{name}" for name in ("party_members", "adoption", "optionstep", "followon")),
    *(f"contracts_{name}" for name in ("sourcedocument", "releasepolicy", "regionquota")),
    *("need_profile", "need_trail", "need_refusal", "need_reroute", "short_notice_profile"),
    "brokering_batch",
    *("brokering_round", "brokering_proposal", "brokering_nationalround", "brokering_roundstore"),
    *("brokering_forecast", "queue_history", "place_history", "brokering_turn"),
    *("place_given", "brokering_givenplace", "brokering_bypass"),
}
NO_ROW_SECURITY = {
    "accounts_membership": "read at login, before anybody acts; the application cannot write it",
    "need_profile": "a view that only the matching role may read",
    "providers_region": "public reference data; the application cannot write it",
}
"""Tables with a tenant and no row security, each with its reason."""
NEVER_CHANGED = ("accounts_event", "accounts_accesslog", "brokering_clockevent")
PROFILE_KNOWS = {
    *("need_key", "tenant_id", "care_id", "priority", "home_region_id", "responsibility"),
    *("guarantee", "issued_on", "contact_on", "decided_on", "issuer", "issuer_region_id"),
    *("extras", "need_approved_on", "medical_target_on", "confirmed_on", "watch_until", "bmi"),
    *("asa", "excluding_needs", "max_distance_km", "earliest_on", "latest_on", "created_at"),
    *("accepts_other_regions", "registered_at_id", "age", "latitude", "longitude"),
    *("clock_events", "reroute_open", "refused_days"),
    *("wished_mode", "wished_language", "wished_premises", "given_together"),
}
TRAIL_KNOWS = (
    *("need_key", "care_id", "type", "on", "care_on", "offer_on", "reason", "recorded_at"),
)
REFUSAL_KNOWS = ("need_key", "care_id", "clinic_id", "day")
REROUTE_KNOWS = ("need_key", "care_id")
SHORT_NOTICE_KNOWS = (
    *("need_key", "care_id", "notice_hours", "max_distance_km"),
    *("ready", "asked", "late_evenings"),
)


def ask(alias, statement, params=None):
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def tables_with(role, privilege):
    rows = ask(
        "owner",
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'v', 'm', 'p') AND has_table_privilege(%s, oid, %s)",
        [role, privilege],
    )
    return {row[0] for row in rows}


@pytest.mark.parametrize("alias", ["default", "matcher", "relay", "owner"])
def test_no_role_stands_above_row_security(alias):
    found = ask(
        alias,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user",
    )
    assert found == [(False, False, False, False)]


@pytest.mark.parametrize("alias", ["default", "matcher", "relay"])
def test_only_the_owner_owns_tables_and_no_role_is_a_member_of_another(alias):
    assert ask(
        "owner", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    ) == [("vardbryggan_owner",)]
    members = (
        "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " WHERE r.rolname = current_user"
    )
    assert ask(alias, members) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE vardbryggan_owner",
        "SET SESSION AUTHORIZATION vardbryggan_owner",
        "SET ROLE vardbryggan_matcher",
        "ALTER TABLE brokering_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE brokering_patient OWNER TO vardbryggan_app",
        "DROP POLICY need_plane ON brokering_patient",
        "CREATE POLICY all_mine ON brokering_patient USING (true)",
        "ALTER TABLE providers_claim DISABLE TRIGGER ALL",
        "DROP INDEX one_patient_per_slot",
        "CREATE TABLE mine (x int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "TRUNCATE brokering_booking CASCADE",
        "SELECT * FROM need_profile",
        "GRANT SELECT ON need_profile TO vardbryggan_app",
        "SET session_replication_role = replica",
        "ALTER ROLE vardbryggan_app BYPASSRLS",
        "COPY accounts_region TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "INSERT INTO brokering_round SELECT * FROM brokering_round",
    ],
)
def test_the_application_cannot_lift_its_own_limits(statement):
    with pytest.raises(ProgrammingError, match=DENIED):
        ask("default", statement)


def test_switching_row_security_off_makes_queries_fail_and_shows_nothing(ours):
    with acting_as(ours.navigator):
        ask("default", "SET LOCAL row_security = off")
        with pytest.raises(DatabaseError, match="row-level security"):
            ask("default", "SELECT name FROM brokering_patient")
        connections["default"].set_rollback(True)


@pytest.mark.parametrize("table", NEVER_CHANGED)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_written_down_is_neither_changed_nor_removed(ours, table, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(ours.navigator):
        ask("default", statement.format(table))


@pytest.mark.parametrize("model", NEED_MODELS)
def test_the_application_removes_no_row_of_the_need_plane(ours, model):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(ours.navigator):
        model.objects.all()._raw_delete("default")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO accounts_membership (user_id) VALUES (%s)",
        "UPDATE accounts_membership SET role = 'auditor' WHERE user_id = %s",
        "UPDATE accounts_user SET is_superuser = true WHERE id = %s",
        "DELETE FROM accounts_user WHERE id = %s",
    ],
)
def test_nobody_gives_themselves_a_role_through_the_application(ours, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(ours.navigator):
        ask("default", statement, [ours.navigator.id])


def test_who_logs_in_may_still_be_noted(ours):
    ask("default", "UPDATE accounts_user SET last_login = now() WHERE id = %s", [ours.user.id])


# The other roles


def test_matching_reads_the_capacity_plane_and_the_profile_and_nothing_else():
    assert tables_with("vardbryggan_matcher", "SELECT") == PUBLIC_TO_MATCHER
    written = {
        table
        for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
        for table in tables_with("vardbryggan_matcher", privilege)
    }
    assert written == {
        *("brokering_round", "brokering_proposal"),
        *("brokering_nationalround", "brokering_roundstore"),
        *("brokering_givenplace", "brokering_bypass"),
    }


def test_the_relay_reads_and_numbers_changes_and_nothing_else():
    seen = {
        table
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        for table in tables_with("vardbryggan_relay", privilege)
    }
    assert seen == {"accounts_change", "accounts_topic"}


@pytest.mark.parametrize("alias", ["matcher", "relay"])
@pytest.mark.parametrize("model", NEED_MODELS)
def test_neither_matching_nor_the_relay_reads_a_person(ours, alias, model):
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask(alias, f"SELECT * FROM {model._meta.db_table}")


@pytest.mark.parametrize(
    ("view", "knows"),
    [
        ("need_profile", PROFILE_KNOWS),
        ("need_trail", TRAIL_KNOWS),
        ("need_refusal", REFUSAL_KNOWS),
        ("need_reroute", REROUTE_KNOWS),
        ("short_notice_profile", SHORT_NOTICE_KNOWS),
    ],
)
def test_a_profile_that_matching_reads_holds_no_identity(view, knows):
    columns = ask(
        "owner",
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
        [view],
    )
    assert {row[0] for row in columns} == set(knows)


def test_a_protected_identity_has_no_place_in_the_profile(database):
    a_referral(a_patient(protected_identity=True))
    found = ask("matcher", "SELECT latitude, longitude FROM need_profile")
    assert found == [(None, None)]


# Found by reflection


def test_every_kind_of_need_row_has_row_security_and_a_policy():
    guarded = {row[0] for row in ask("owner", "SELECT relname FROM pg_class WHERE relrowsecurity")}
    policies = {row[0] for row in ask("owner", "SELECT tablename FROM pg_policies")}
    tables = {model._meta.db_table for model in NeedRow.__subclasses__()}
    assert len(tables) >= 7
    assert tables <= guarded & policies


def test_every_table_that_names_a_tenant_has_row_security_or_a_reason():
    rows = ask(
        "owner",
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p')"
        " AND a.attname IN ('tenant_id', 'subject_id') AND NOT c.relrowsecurity",
    )
    assert {row[0] for row in rows} == set(NO_ROW_SECURITY)
    unwritten = tables_with("vardbryggan_app", "INSERT") | tables_with("vardbryggan_app", "UPDATE")
    assert not unwritten & set(NO_ROW_SECURITY)


def test_every_function_with_the_owners_rights_names_its_search_path():
    rows = ask(
        "owner",
        "SELECT proname, proconfig FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace",
    )
    assert {name for name, _ in rows} >= {"end_lapsed_claims", "ended_claim_gives_back"}
    assert all(config == ["search_path=public, pg_temp"] for _, config in rows)


def test_no_policy_admits_everyone_to_the_need_plane():
    tables = [model._meta.db_table for model in NEED_MODELS]
    rows = ask("owner", "SELECT qual FROM pg_policies WHERE tablename = ANY(%s)", [tables])
    assert all("app_tenants" in condition for (condition,) in rows)
