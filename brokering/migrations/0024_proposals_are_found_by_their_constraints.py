"""Both constraints of a proposal begin with its round: an index of the round alone only costs time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One index less to write half a million times."""

    dependencies = [("brokering", "0023_reminders_to_approve")]

    operations = [
        migrations.AlterField(
            model_name="proposal",
            name="round",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="proposals",
                to="brokering.round",
            ),
        ),
    ]
