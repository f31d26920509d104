"""The register is public to read; parties, adoptions and release policies are written where they belong."""

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
MY_PARTY = (
    "EXISTS (SELECT 1 FROM contracts_party mine WHERE mine.id = party_id"
    " AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
OWN_REGION = (
    f"{MY_TENANT} AND EXISTS (SELECT 1 FROM providers_region r"
    " WHERE r.code = region_id AND r.tenant_id = contracts_adoption.tenant_id)"
)
TABLES = {
    "contracts_party": MY_TENANT,
    "contracts_party_members": MY_PARTY,
    "contracts_adoption": OWN_REGION,
    "contracts_optionstep": MY_AGREEMENT,
    "contracts_sourcedocument": MY_AGREEMENT,
    "contracts_followon": MY_LOT,
    "contracts_releasepolicy": MY_TENANT,
    "contracts_regionquota": MY_TENANT,
}


class Migration(migrations.Migration):
    """Row-level security of the agreement register."""

    dependencies = [("contracts", "0005_agreement_register"), ("providers", "0002_row_security")]

    operations = [
        *(capacity_plane(table, owner) for table, owner in TABLES.items()),
        *(granted("vardbryggan_matcher", "SELECT", table) for table in TABLES),
    ]
