"""A cancellation says whether the place could go to somebody else, or that the clinic is still asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The answer stands on the booking; null where there is none."""

    dependencies = [("brokering", "0008_each_cap_gets_back")]

    operations = [
        migrations.AddField("booking", "freed", models.BooleanField(null=True)),
    ]
