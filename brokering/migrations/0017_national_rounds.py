"""Rounds over the whole country: their record, their stored input, and what they read column by column."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from accounts.models.rls import granted

VIEWS = """
CREATE VIEW need_trail AS
SELECT r.need_key, r.care_id, e.type, e.on, e.care_on, e.offer_on, e.reason, e.recorded_at
FROM brokering_clockevent e JOIN brokering_referral r ON r.id = e.referral_id
WHERE r.state = 'waiting';
COMMENT ON VIEW need_trail IS
    'The guarantee''s events of those who wait, as need_profile has them, a row each; no identity.';
REVOKE ALL ON need_trail FROM vardbryggan_app;

CREATE VIEW need_refusal AS
SELECT DISTINCT r.need_key, r.care_id, s.clinic_id,
       (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day
FROM brokering_booking b JOIN brokering_referral r ON r.id = b.referral_id
JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
LEFT JOIN brokering_offer o ON o.booking_id = b.id
WHERE r.state = 'waiting' AND (b.state = 'cancelled' OR o.state IN ('declined', 'lapsed'));
COMMENT ON VIEW need_refusal IS
    'Clinics and days that those who wait have turned down, as need_profile has them; no identity.';
REVOKE ALL ON need_refusal FROM vardbryggan_app;

REVOKE INSERT, UPDATE, DELETE ON brokering_nationalround FROM vardbryggan_app;
REVOKE ALL ON brokering_roundstore FROM vardbryggan_app;
"""
UNDO = """
DROP VIEW need_trail; DROP VIEW need_refusal;
GRANT INSERT, UPDATE, DELETE ON brokering_nationalround TO vardbryggan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON brokering_roundstore TO vardbryggan_app;
"""
ENGINES = [("greedy", "Greedy"), ("auction", "Auction"), ("exact", "Exact")]
STATES = [("running", "Running"), ("done", "Done"), ("abandoned", "Abandoned")]


class Migration(migrations.Migration):
    """Half a million proposals are written at once: no row of theirs is looked up in other tables."""

    dependencies = [
        ("brokering", "0016_forecasts"),
    ]

    operations = [
        migrations.CreateModel(
            name="NationalRound",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("engine", models.CharField(choices=ENGINES, max_length=8)),
                ("state", models.CharField(choices=STATES, max_length=10)),
                (
                    "cares",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("summary", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["-started_at"], name="national_rounds_latest")]
            },
        ),
        migrations.AddField(
            model_name="round",
            name="national",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rounds",
                to="brokering.nationalround",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                condition=Q(("national__isnull", False)),
                fields=("national", "care"),
                name="one_round_per_care_of_a_national_one",
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="round",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="proposals",
                to="brokering.round",
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="slot",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="providers.slot",
            ),
        ),
        migrations.CreateModel(
            name="RoundStore",
            fields=[
                (
                    "round",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="store",
                        serialize=False,
                        to="brokering.round",
                    ),
                ),
                ("body", models.BinaryField()),
                ("stored_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["stored_at"], name="round_stores_by_age")]},
        ),
        migrations.RunSQL(VIEWS, UNDO),
        granted("vardbryggan_matcher", "SELECT", "need_trail"),
        granted("vardbryggan_matcher", "SELECT", "need_refusal"),
        granted("vardbryggan_matcher", "SELECT", "brokering_batch"),
        granted("vardbryggan_matcher", "SELECT, INSERT, UPDATE", "brokering_nationalround"),
        granted("vardbryggan_matcher", "SELECT, INSERT, DELETE", "brokering_roundstore"),
        granted("vardbryggan_matcher", "DELETE", "brokering_proposal"),
    ]
