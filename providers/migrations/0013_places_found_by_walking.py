"""A list of free places walks an index in its own order; what that index serves needs no other."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Open places by date and by clinic; the indexes on care or clinic alone are parts of these."""

    dependencies = [("providers", "0012_what_a_visit_asks")]

    operations = [
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                fields=["care", "starts_at", "id"],
                condition=models.Q(state="open"),
                name="open_slots_by_date",
            ),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                fields=["care", "clinic", "starts_at", "id"],
                condition=models.Q(state="open"),
                name="open_slots_by_clinic",
            ),
        ),
        migrations.RemoveIndex(model_name="slot", name="open_slot_of_a_care"),
        migrations.AlterField(
            model_name="slot",
            name="care",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="providers.care",
            ),
        ),
        migrations.AlterField(
            model_name="slot",
            name="clinic",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="slots",
                to="providers.clinic",
            ),
        ),
    ]
