"""Clinics that have said no to a need: no round proposes them for it, until the no has been looked at."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

TURNED_DOWN = """
            SELECT s.clinic_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day
            FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
            JOIN providers_slot s ON s.id = c.slot_id
            LEFT JOIN brokering_offer o ON o.booking_id = b.id
            WHERE b.referral_id = r.id AND (b.state = 'cancelled' OR o.state IN ('declined', 'lapsed'))
"""
SAID_NO = "UNION ALL SELECT unnest(r.declined_by), '9999-12-31'::date"
PROFILE = """
CREATE OR REPLACE VIEW need_profile AS
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
       coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_array(t.clinic_id, t.day)) FROM ({}) t),
                '[]'::jsonb) AS refused_days,
       r.wished_mode, r.wished_language, r.wished_premises
FROM brokering_referral r
JOIN brokering_patient p ON p.id = r.patient_id
LEFT JOIN providers_municipality m ON m.code = p.municipality_id
WHERE r.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
    WHERE b.referral_id = r.id AND c.state = 'held' AND c.held_until > now());
"""
REFUSALS = """
CREATE OR REPLACE VIEW need_refusal AS
SELECT DISTINCT r.need_key, r.care_id, s.clinic_id,
       (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day
FROM brokering_booking b JOIN brokering_referral r ON r.id = b.referral_id
JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
LEFT JOIN brokering_offer o ON o.booking_id = b.id
WHERE r.state = 'waiting' AND (b.state = 'cancelled' OR o.state IN ('declined', 'lapsed'))
"""
BOTH = """
UNION ALL
SELECT r.need_key, r.care_id, unnest(r.declined_by), '9999-12-31'::date
FROM brokering_referral r WHERE r.state = 'waiting' AND r.declined_by <> '{}'
"""
FACTS = "priority, decided_on, registered_at_id, bmi, asa, excluding_needs"
TRIGGER = f"""
CREATE FUNCTION a_no_is_of_the_facts_as_they_were() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.declined_by := '{{}}';
    RETURN NEW;
END $$;
COMMENT ON FUNCTION a_no_is_of_the_facts_as_they_were IS
    'What a clinic said of a need it said of its facts: with others it may be asked again.';
CREATE TRIGGER a_no_is_of_the_facts_as_they_were BEFORE UPDATE OF {FACTS}
    ON brokering_referral FOR EACH ROW
    WHEN (OLD.declined_by <> '{{}}' AND
          ({", ".join(f"OLD.{name.strip()}" for name in FACTS.split(","))})
          IS DISTINCT FROM ({", ".join(f"NEW.{name.strip()}" for name in FACTS.split(","))}))
    EXECUTE FUNCTION a_no_is_of_the_facts_as_they_were();
"""
UNDO_TRIGGER = """
DROP TRIGGER a_no_is_of_the_facts_as_they_were ON brokering_referral;
DROP FUNCTION a_no_is_of_the_facts_as_they_were();
"""


class Migration(migrations.Migration):
    """A column that is empty for everybody, and the two views through which a round reads it."""

    dependencies = [("brokering", "0021_places_that_went_past_somebody")]

    operations = [
        migrations.AddField(
            model_name="referral",
            name="declined_by",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                fields=["care"], condition=~Q(declined_by=[]), name="declined_by_a_clinic"
            ),
        ),
        migrations.RunSQL(PROFILE.format(TURNED_DOWN + SAID_NO), PROFILE.format(TURNED_DOWN)),
        migrations.RunSQL(REFUSALS + BOTH, REFUSALS),
        migrations.RunSQL(TRIGGER, UNDO_TRIGGER),
    ]
