"""A large file is applied by a worker: when that was asked for, and why it could not be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns of a delivery."""

    dependencies = [("providers", "0010_reservations_say_it")]

    operations = [
        migrations.AddField("delivery", "asked_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "delivery", "problem", models.CharField(blank=True, db_default="", max_length=60)
        ),
    ]
