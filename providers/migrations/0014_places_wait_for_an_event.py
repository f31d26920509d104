"""A place that becomes free in a serious event waits for it to be over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a place waits for: a decision or an event, and then it is not open."""

    dependencies = [("providers", "0013_places_found_by_walking")]

    operations = [
        migrations.AddField(
            "slot",
            "event",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="providers.seriousevent",
            ),
        ),
        migrations.AddIndex(
            "slot",
            models.Index(
                condition=models.Q(event__isnull=False),
                fields=["event"],
                name="slot_waits_for_event",
            ),
        ),
        migrations.AddConstraint(
            "slot",
            models.CheckConstraint(
                condition=models.Q(event__isnull=True)
                | models.Q(state="withdrawn", restriction__isnull=True),
                name="slot_waits_for_one_thing",
            ),
        ),
    ]
