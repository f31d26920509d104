"""Whether a visit is by video; a clinic's languages, premises and limit for cancelling."""

import datetime

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """New columns of clinics, slots and staged rows, all with a value for what is there."""

    dependencies = [
        ("providers", "0011_files_applied_by_a_worker"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="accessibility",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="clinic",
            name="cancel_until",
            field=models.DurationField(db_default=datetime.timedelta(0)),
        ),
        migrations.AddField(
            model_name="clinic",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=3), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="mode",
            field=models.CharField(
                choices=[("on_site", "på plats"), ("video", "video")],
                db_default="on_site",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="stagedslot",
            name="mode",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
    ]
