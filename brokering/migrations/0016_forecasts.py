"""Forecasts, kept as they were made, and the two views of the past that they rest on: no person in either."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from accounts.models.rls import granted
from accounts.models.users import SYSTEM_USER_ID

BY_THE_SYSTEM = f"(SELECT app_actor()) = '{SYSTEM_USER_ID}'"
POLICIES = f"""
ALTER TABLE brokering_forecast ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_read ON brokering_forecast FOR SELECT USING (true);
CREATE POLICY system_insert ON brokering_forecast FOR INSERT WITH CHECK ({BY_THE_SYSTEM});
REVOKE UPDATE, DELETE ON brokering_forecast FROM vardbryggan_app;
"""
UNDO_POLICIES = """
DROP POLICY public_read ON brokering_forecast; DROP POLICY system_insert ON brokering_forecast;
ALTER TABLE brokering_forecast DISABLE ROW LEVEL SECURITY;
GRANT UPDATE, DELETE ON brokering_forecast TO vardbryggan_app;
"""
VIEWS = """
CREATE VIEW queue_history AS
SELECT r.registered_at_id AS clinic_id, r.care_id, r.home_region_id, r.priority, r.state, r.watch_until,
       (r.created_at AT TIME ZONE 'Europe/Stockholm')::date AS joined_on, visit.visit_on
FROM brokering_referral r
LEFT JOIN LATERAL (
    SELECT min((s.starts_at AT TIME ZONE 'Europe/Stockholm')::date) AS visit_on
    FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
    JOIN providers_slot s ON s.id = c.slot_id
    WHERE b.referral_id = r.id AND s.clinic_id = r.registered_at_id
      AND (c.state = 'confirmed' OR c.ended_why IN ('fulfilled', 'missed'))) visit ON true
WHERE r.registered_at_id IS NOT NULL;
COMMENT ON VIEW queue_history IS
    'Who joined a clinic''s queue on which day and had which day there: no person, no key.';
REVOKE ALL ON queue_history FROM vardbryggan_app;

CREATE VIEW place_history AS
SELECT s.clinic_id, s.care_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day,
       greatest(0, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date
                   - (s.published_at AT TIME ZONE 'Europe/Stockholm')::date) AS published_before,
       CASE WHEN c.id IS NULL THEN 'unused' WHEN c.ended_why = 'missed' THEN 'missed'
            WHEN r.registered_at_id = s.clinic_id THEN 'served' ELSE 'passed' END AS fate
FROM providers_slot s
LEFT JOIN providers_claim c
    ON c.slot_id = s.id AND (c.state = 'confirmed' OR c.ended_why IN ('fulfilled', 'missed'))
LEFT JOIN brokering_booking b ON b.claim_id = c.id
LEFT JOIN brokering_referral r ON r.id = b.referral_id
WHERE s.state = 'open';
COMMENT ON VIEW place_history IS
    'What a place came to: somebody of the clinic''s queue had it, somebody who came past the queue, nobody.';
REVOKE ALL ON place_history FROM vardbryggan_app;
"""
UNDO_VIEWS = "DROP VIEW queue_history; DROP VIEW place_history;"


def _day(name: str) -> tuple[str, models.Field]:
    return (name, models.DateField(null=True))


def _to(model: str, name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to=f"providers.{model}",
    )


class Migration(migrations.Migration):
    """Anyone reads forecasts; only scheduled work adds them, and nobody changes one."""

    dependencies = [
        ("brokering", "0015_who_issued_a_remiss"),
        ("providers", "0016_places_walked_by_kind"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("made_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                _day("early"),
                _day("middle"),
                _day("late"),
                ("places", models.JSONField()),
                ("stays", models.FloatField()),
                ("weeks", models.PositiveSmallIntegerField()),
                ("judged", models.PositiveIntegerField()),
                ("held", models.PositiveIntegerField()),
                ("version", models.CharField(max_length=10)),
                ("fingerprint", models.CharField(max_length=32)),
                ("care", _to("care", "+")),
                ("clinic", _to("clinic", "forecasts")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["clinic", "care", "made_on"], name="one_forecast_a_day"
                    ),
                    models.CheckConstraint(
                        condition=Q(held__lte=F("judged")), name="forecast_held_at_most_judged"
                    ),
                    models.CheckConstraint(
                        condition=(
                            (
                                Q(middle__isnull=True)
                                | Q(early__isnull=False, middle__gte=F("early"))
                            )
                            & (
                                Q(late__isnull=True)
                                | Q(middle__isnull=False, late__gte=F("middle"))
                            )
                        ),
                        name="forecast_days_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(POLICIES, UNDO_POLICIES),
        migrations.RunSQL(VIEWS, UNDO_VIEWS),
        granted("vardbryggan_matcher", "SELECT", "brokering_forecast"),
        granted("vardbryggan_matcher", "SELECT", "queue_history"),
        granted("vardbryggan_matcher", "SELECT", "place_history"),
    ]
