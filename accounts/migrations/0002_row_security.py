"""Who sees and writes which rows of the trail, the outbox and the outcomes; the system's own user."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.models.rls import FUNCTIONS, MINE, append_only, granted
from accounts.models.users import SYSTEM_USER_ID


def add_system_user(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The user that scheduled work acts as; its password can never match."""
    apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias).get_or_create(
        id=SYSTEM_USER_ID, defaults={"username": "system", "password": "!", "is_active": False}
    )


POLICIES = f"""
ALTER TABLE accounts_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON accounts_event FOR SELECT
    USING ((tenant_id IS NULL AND subject_id IS NULL) OR {MINE});
CREATE POLICY added ON accounts_event FOR INSERT WITH CHECK (actor_id = (SELECT app_actor()));

ALTER TABLE accounts_accesslog ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON accounts_accesslog FOR SELECT USING ({MINE});
CREATE POLICY added ON accounts_accesslog FOR INSERT WITH CHECK (reader_id = (SELECT app_actor()));

ALTER TABLE accounts_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON accounts_change FOR SELECT
    USING ((tenant_id IS NULL AND subject_id IS NULL) OR {MINE});
CREATE POLICY added ON accounts_change FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
CREATE POLICY relayed ON accounts_change TO vardbryggan_relay USING (true) WITH CHECK (true);

ALTER TABLE accounts_outcome ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON accounts_outcome
    USING (principal_id = (SELECT app_actor())) WITH CHECK (principal_id = (SELECT app_actor()));

REVOKE INSERT, UPDATE, DELETE ON accounts_topic FROM vardbryggan_app;
REVOKE INSERT, UPDATE, DELETE ON accounts_tenant FROM vardbryggan_app;
"""
UNDO = """
ALTER TABLE accounts_event DISABLE ROW LEVEL SECURITY;
DROP POLICY seen ON accounts_event; DROP POLICY added ON accounts_event;
ALTER TABLE accounts_accesslog DISABLE ROW LEVEL SECURITY;
DROP POLICY seen ON accounts_accesslog; DROP POLICY added ON accounts_accesslog;
ALTER TABLE accounts_change DISABLE ROW LEVEL SECURITY;
DROP POLICY seen ON accounts_change; DROP POLICY added ON accounts_change;
DROP POLICY relayed ON accounts_change;
ALTER TABLE accounts_outcome DISABLE ROW LEVEL SECURITY;
DROP POLICY mine ON accounts_outcome;
"""


class Migration(migrations.Migration):
    """Row-level security of accounts."""

    dependencies = [("accounts", "0001_initial")]

    operations = [
        FUNCTIONS,
        migrations.RunPython(add_system_user, migrations.RunPython.noop),
        migrations.RunSQL(POLICIES, UNDO),
        append_only("accounts_event"),
        append_only("accounts_accesslog"),
        granted("vardbryggan_relay", "SELECT, INSERT, UPDATE", "accounts_topic"),
        granted("vardbryggan_relay", "SELECT, UPDATE, DELETE", "accounts_change"),
    ]
