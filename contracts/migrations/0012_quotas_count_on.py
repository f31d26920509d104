"""A quota that comes back after another one goes on with its own count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column of a quota."""

    dependencies = [("contracts", "0011_how_patients_are_asked_row_security")]

    operations = [
        migrations.AddField("regionquota", "counts_with", models.UUIDField(null=True)),
    ]
