"""Events and changes are written only for rows that the actor could write: never into a foreign tenant."""

from django.db import migrations

from accounts.models.rls import MINE

POLICIES = f"""
DROP POLICY added ON accounts_event;
CREATE POLICY added ON accounts_event FOR INSERT WITH CHECK (
    actor_id = (SELECT app_actor())
    AND ((tenant_id IS NULL AND addressed_to_id IS NULL AND subject_id IS NULL) OR {MINE}));
DROP POLICY added ON accounts_change;
CREATE POLICY added ON accounts_change FOR INSERT WITH CHECK (
    (SELECT app_actor()) IS NOT NULL
    AND ((tenant_id IS NULL AND addressed_to_id IS NULL AND subject_id IS NULL) OR {MINE}));
"""
UNDO = """
DROP POLICY added ON accounts_event;
CREATE POLICY added ON accounts_event FOR INSERT WITH CHECK (actor_id = (SELECT app_actor()));
DROP POLICY added ON accounts_change;
CREATE POLICY added ON accounts_change FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
"""


class Migration(migrations.Migration):
    """The trail and the outbox follow the need plane's own policy when they are written, too."""

    dependencies = [("accounts", "0003_upkeep")]

    operations = [migrations.RunSQL(POLICIES, UNDO)]
