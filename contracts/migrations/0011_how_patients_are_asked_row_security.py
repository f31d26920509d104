"""How a region asks its patients is public to read and the region's own to write."""

from django.db import migrations

from accounts.models.rls import capacity_plane

OWN_REGION = (
    "tenant_id = ANY((SELECT app_tenants())::uuid[]) AND EXISTS (SELECT 1 FROM providers_region r"
    " WHERE r.code = region_id AND r.tenant_id = contracts_offerpolicy.tenant_id)"
)


class Migration(migrations.Migration):
    """Row-level security of offer policies."""

    dependencies = [("contracts", "0010_how_patients_are_asked")]

    operations = [capacity_plane("contracts_offerpolicy", OWN_REGION)]
