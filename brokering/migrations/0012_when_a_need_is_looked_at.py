"""Every need has a day on which the region's watch looks at it; a new one is looked at the day it begins."""

from django.db import migrations, models
from django.db.models.functions import Cast, Now


class Migration(migrations.Migration):
    """`look_on` of a referral."""

    dependencies = [("brokering", "0011_reaching_patients_row_security")]

    operations = [
        migrations.AddField(
            model_name="referral",
            name="look_on",
            field=models.DateField(db_default=Cast(Now(), models.DateField())),
        ),
    ]
