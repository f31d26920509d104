"""The number that somebody calls who can no longer cancel by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A new column of clinics, empty for those that are there."""

    dependencies = [("providers", "0014_places_wait_for_an_event")]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="phone",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
    ]
