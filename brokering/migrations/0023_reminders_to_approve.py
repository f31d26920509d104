"""Whoever is asked for approval is reminded before the moment to answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that is empty where nobody has been reminded."""

    dependencies = [("brokering", "0022_what_a_clinic_said_no_to")]

    operations = [
        migrations.AddField(
            model_name="approval", name="reminded_at", field=models.DateTimeField(null=True)
        )
    ]
