"""What a person needs of the reception: limits that matching reads, and facts for the clinic."""

import django.contrib.postgres.fields
from django.db import migrations, models

BEFORE = """
SELECT r.need_key, r.tenant_id, r.care_id, r.priority, r.home_region_id, p.responsibility,
       r.guarantee, r.issued_on, r.contact_on, r.decided_on, r.issuer, r.issuer_region_id, r.extras,
       r.need_approved_on, r.medical_target_on, r.confirmed_on, r.watch_until,
       r.bmi, r.asa, r.excluding_needs, r.max_distance_km, r.earliest_on, r.latest_on,
       r.accepts_other_regions, r.created_at, r.registered_at_id,
       date_part('year', age(current_date, p.birth_date))::integer AS age,
       m.latitude, m.longitude,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
            'type', e.type, 'on', e.on, 'care_on', e.care_on, 'offer', e.offer_on, 'reason', e.reason)
            ORDER BY e.on, e.recorded_at)
          FROM brokering_clockevent e WHERE e.referral_id = r.id), '[]'::jsonb) AS clock_events,
       EXISTS (SELECT 1 FROM brokering_reroutecase c
               WHERE c.referral_id = r.id AND c.state = 'open') AS reroute_open,
       coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_array(
            s.clinic_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date))
          FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
          JOIN providers_slot s ON s.id = c.slot_id
          LEFT JOIN brokering_offer o ON o.booking_id = b.id
          WHERE b.referral_id = r.id AND (b.state = 'cancelled' OR o.state IN ('declined', 'lapsed'))
        ), '[]'::jsonb) AS refused_days{}
FROM brokering_referral r
JOIN brokering_patient p ON p.id = r.patient_id
LEFT JOIN providers_municipality m ON m.code = p.municipality_id
WHERE r.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
    WHERE b.referral_id = r.id AND c.state = 'held' AND c.held_until > now())
"""
PROFILE = "CREATE OR REPLACE VIEW need_profile AS" + BEFORE.format(
    ", r.wished_mode, r.wished_language, r.wished_premises"
)
UNDO_PROFILE = f"""
DROP VIEW need_profile;
CREATE VIEW need_profile AS {BEFORE.format("")};
COMMENT ON VIEW need_profile IS
    'What matching may know of a waiting person: no name, no identity number, age in years, coarse place.';
REVOKE ALL ON need_profile FROM vardbryggan_app;
GRANT SELECT ON need_profile TO vardbryggan_matcher;
"""


class Migration(migrations.Migration):
    """New columns of a need, all with a value for what is there, and three of them in its profile."""

    dependencies = [("brokering", "0019_whose_turn_it_is")]

    operations = [
        migrations.AddField(
            model_name="referral",
            name="wished_mode",
            field=models.CharField(
                blank=True,
                choices=[("on_site", "på plats"), ("video", "video")],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="wished_language",
            field=models.CharField(blank=True, db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="referral",
            name="wished_premises",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="interpreter",
            field=models.CharField(blank=True, db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="referral",
            name="has_companion",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(PROFILE, UNDO_PROFILE),
    ]
