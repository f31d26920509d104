"""A task to rebook belongs to the home region and to the clinic; it is never removed."""

from django.db import migrations

from accounts.models.rls import need_plane


class Migration(migrations.Migration):
    """Row-level security of rebooking tasks."""

    dependencies = [("brokering", "0005_rebooking")]

    operations = [
        need_plane("brokering_rebookingtask"),
        migrations.RunSQL(
            "REVOKE DELETE ON brokering_rebookingtask FROM vardbryggan_app;",
            "GRANT DELETE ON brokering_rebookingtask TO vardbryggan_app;",
        ),
    ]
