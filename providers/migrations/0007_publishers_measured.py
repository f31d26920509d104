"""What is measured of publishers, what a watch has told, and why a claim ended when the clinic broke it."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.models.rls import granted
from accounts.models.users import SYSTEM_USER_ID

BY_THE_SYSTEM = f"(SELECT app_actor()) = '{SYSTEM_USER_ID}'"
TABLES = ("providers_clinicday", "providers_watched")


def written_by_the_system(table: str) -> migrations.RunSQL:
    """Anyone reads; only scheduled work writes: nobody improves figures of their own."""
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY public_read ON {table} FOR SELECT USING (true);
        CREATE POLICY system_insert ON {table} FOR INSERT WITH CHECK ({BY_THE_SYSTEM});
        CREATE POLICY system_update ON {table} FOR UPDATE
            USING ({BY_THE_SYSTEM}) WITH CHECK ({BY_THE_SYSTEM});
        """,
        f"""
        DROP POLICY public_read ON {table}; DROP POLICY system_insert ON {table};
        DROP POLICY system_update ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def count(name: str) -> tuple[str, models.Field]:
    """A counter that starts at nought."""
    return (name, models.PositiveIntegerField(default=0))


class Migration(migrations.Migration):
    """Freshness and reliability of publishers."""

    dependencies = [("providers", "0006_publishing_row_security")]

    operations = [
        migrations.CreateModel(
            name="ClinicDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                count("samples"),
                count("late"),
                count("gone"),
                ("age_seconds", models.BigIntegerField(default=0)),
                ("oldest_seconds", models.BigIntegerField(default=0)),
                count("probed"),
                count("unheld"),
                count("kept"),
                count("taken_back"),
                count("unreported"),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="providers.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "day"), name="one_row_per_clinic_and_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                (
                    "name",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("until", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "watched"},
        ),
        *(written_by_the_system(table) for table in TABLES),
        *(granted("vardbryggan_matcher", "SELECT", table) for table in TABLES),
        migrations.AlterField(
            model_name="claim",
            name="ended_why",
            field=models.CharField(
                blank=True,
                choices=[
                    ("released", "Released"),
                    ("lapsed", "Lapsed"),
                    ("cancelled", "Cancelled"),
                    ("fulfilled", "Fulfilled"),
                    ("missed", "Missed"),
                    ("taken_back", "Taken Back"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(
                models.OrderBy(models.F("probed_at"), nulls_first=True),
                "starts_at",
                condition=models.Q(state="open"),
                name="open_slot_to_probe",
            ),
        ),
    ]
