"""Who writes what of the ways to publish; deliveries are seen by their own tenant alone."""

from django.db import migrations

from accounts.models.rls import capacity_plane, granted

MY_TENANT = "tenant_id = ANY((SELECT app_tenants())::uuid[])"
MY_CLINIC = (
    "EXISTS (SELECT 1 FROM providers_clinic mine WHERE mine.id = clinic_id"
    " AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
DELIVERIES = f"""
ALTER TABLE providers_delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_deliveries ON providers_delivery USING ({MY_TENANT}) WITH CHECK ({MY_TENANT});
"""
UNDO_DELIVERIES = """
DROP POLICY own_deliveries ON providers_delivery;
ALTER TABLE providers_delivery DISABLE ROW LEVEL SECURITY;
"""
# No row policy on staged rows: COPY cannot write through one. They say nothing that a published slot does
# not say, and what they become is checked when it is written into providers_slot.
STAGED = "ALTER TABLE providers_stagedslot SET UNLOGGED;"
UNDO_STAGED = "ALTER TABLE providers_stagedslot SET LOGGED;"
READ_BY_MATCHER = (
    "providers_feed",
    "providers_capacitystatement",
    "providers_capacityrestriction",
    "providers_seriousevent",
)


class Migration(migrations.Migration):
    """Row-level security of the ways to publish and of decisions that take capacity back."""

    dependencies = [("providers", "0005_ways_to_publish"), ("accounts", "0002_row_security")]

    operations = [
        capacity_plane("providers_feed", MY_TENANT),
        capacity_plane("providers_capacitystatement", MY_CLINIC),
        capacity_plane("providers_capacityrestriction", MY_TENANT),
        capacity_plane("providers_seriousevent", MY_TENANT),
        migrations.RunSQL(DELIVERIES, UNDO_DELIVERIES),
        migrations.RunSQL(STAGED, UNDO_STAGED),
        *(granted("vardbryggan_matcher", "SELECT", table) for table in READ_BY_MATCHER),
    ]
