"""A clinic's open places are indexed by form and mode before time: a rare kind is found without passing the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index in the place of another."""

    dependencies = [("providers", "0015_how_a_clinic_is_called")]

    operations = [
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                fields=["care", "clinic", "form", "mode", "starts_at", "id"],
                condition=models.Q(state="open"),
                name="open_slots_by_kind",
            ),
        ),
        migrations.RemoveIndex(model_name="slot", name="open_slots_by_clinic"),
    ]
