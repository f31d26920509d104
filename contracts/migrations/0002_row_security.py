"""Agreements and rules are public to read; the contracting region's tenant writes them."""

from django.db import migrations

from accounts.models.rls import capacity_plane, granted

MY_TENANT = "tenant_id = ANY((SELECT app_tenants())::uuid[])"
MY_AGREEMENT = (
    "EXISTS (SELECT 1 FROM contracts_agreement mine WHERE mine.id = agreement_id"
    " AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
MY_LOT = (
    "EXISTS (SELECT 1 FROM contracts_lot l JOIN contracts_agreement mine ON mine.id = l.agreement_id"
    " WHERE l.id = lot_id AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
TABLES = {
    "contracts_agreement": MY_TENANT,
    "contracts_agreement_buyers": MY_AGREEMENT,
    "contracts_agreement_usable_by": MY_AGREEMENT,
    "contracts_lot": MY_AGREEMENT,
    "contracts_lot_cares": MY_LOT,
    "contracts_priceline": MY_LOT,
    "contracts_referralrule": MY_TENANT,
    "contracts_rulecompleteness": MY_TENANT,
}
COUNTERS = """
ALTER TABLE contracts_lotuse ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_read ON contracts_lotuse FOR SELECT USING (true);
CREATE POLICY acting_insert ON contracts_lotuse FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
CREATE POLICY acting_update ON contracts_lotuse FOR UPDATE
    USING ((SELECT app_actor()) IS NOT NULL) WITH CHECK ((SELECT app_actor()) IS NOT NULL);
REVOKE DELETE ON contracts_lotuse FROM vardbryggan_app;
ALTER TABLE providers_claim ADD CONSTRAINT claim_lot_exists
    FOREIGN KEY (lot_id) REFERENCES contracts_lot (id) DEFERRABLE INITIALLY DEFERRED;
"""
UNDO_COUNTERS = """
ALTER TABLE providers_claim DROP CONSTRAINT claim_lot_exists;
ALTER TABLE contracts_lotuse DISABLE ROW LEVEL SECURITY;
DROP POLICY public_read ON contracts_lotuse;
DROP POLICY acting_insert ON contracts_lotuse;
DROP POLICY acting_update ON contracts_lotuse;
"""


class Migration(migrations.Migration):
    """Row-level security of contracts, and the claim's foreign key to its lot."""

    dependencies = [("contracts", "0001_initial"), ("providers", "0002_row_security")]

    operations = [
        *(capacity_plane(table, owner) for table, owner in TABLES.items()),
        migrations.RunSQL(COUNTERS, UNDO_COUNTERS),
        *(
            granted("vardbryggan_matcher", "SELECT", table)
            for table in (*TABLES, "contracts_lotuse")
        ),
    ]
