"""The capacity plane is public to read; a clinic's rows are written by its own tenant only."""

from django.db import migrations

from accounts.models.rls import capacity_plane, granted

MY_TENANT = "tenant_id = ANY((SELECT app_tenants())::uuid[])"
MY_CLINIC = (
    "EXISTS (SELECT 1 FROM providers_clinic mine WHERE mine.id = clinic_id"
    " AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
REFERENCE = (
    "providers_region",
    "providers_municipality",
    "providers_care",
    "providers_publishedwait",
)
READ_BY_MATCHER = (
    "providers_region",
    "providers_municipality",
    "providers_care",
    "providers_provider",
    "providers_clinic",
    "providers_clinic_cares",
    "providers_slot",
    "providers_claim",
)


class Migration(migrations.Migration):
    """Row-level security of providers; the policies of claims need bookings and are laid by brokering."""

    dependencies = [("providers", "0001_initial"), ("accounts", "0002_row_security")]

    operations = [
        *(
            migrations.RunSQL(
                f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM vardbryggan_app;",
                f"GRANT INSERT, UPDATE, DELETE ON {table} TO vardbryggan_app;",
            )
            for table in REFERENCE
        ),
        capacity_plane("providers_provider", MY_TENANT),
        capacity_plane("providers_clinic", MY_TENANT),
        capacity_plane("providers_clinic_cares", MY_CLINIC),
        capacity_plane("providers_slot", MY_CLINIC),
        *(granted("vardbryggan_matcher", "SELECT", table) for table in READ_BY_MATCHER),
    ]
