"""Two needs stand each by itself once the first visit of their two times has begun, whatever came of it."""

from django.db import migrations

NOT_BEGUN = """NOT EXISTS (
        SELECT FROM brokering_booking v JOIN providers_claim vc ON vc.id = v.claim_id
          JOIN providers_slot vs ON vs.id = vc.slot_id
         WHERE v.referral_id = {need} AND v.chain IS NOT NULL
           AND v.state IN ('booked', 'fulfilled', 'missed') AND vs.starts_at <= {at})"""
ALWAYS = "true"
GUARD = """
CREATE OR REPLACE FUNCTION linked_need_is_given_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM brokering_referral o WHERE o.follows_id = NEW.referral_id
                AND o.state <> 'closed' AND {lead})
       OR EXISTS (SELECT FROM brokering_referral r JOIN brokering_referral o ON o.id = r.follows_id
                   WHERE r.id = NEW.referral_id AND o.state <> 'closed' AND {other}) THEN
        RAISE EXCEPTION 'two needs are given together' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'linked_need_is_given_whole';
    END IF;
    RETURN NULL;
END
$$;
"""


def guard(condition: str) -> str:
    """The guard, where a need that follows another counts under a condition."""
    at = "NEW.created_at"
    lead = condition.format(need="NEW.referral_id", at=at)
    return GUARD.format(lead=lead, other=condition.format(need="o.id", at=at))


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
       coalesce((SELECT jsonb_agg(DISTINCT jsonb_build_array(t.clinic_id, t.day)) FROM (
            SELECT s.clinic_id, (s.starts_at AT TIME ZONE 'Europe/Stockholm')::date AS day
            FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
            JOIN providers_slot s ON s.id = c.slot_id
            LEFT JOIN brokering_offer o ON o.booking_id = b.id
            WHERE b.referral_id = r.id AND (b.state = 'cancelled' OR o.state IN ('declined', 'lapsed'))
            UNION ALL SELECT unnest(r.declined_by), '9999-12-31'::date) t),
                '[]'::jsonb) AS refused_days,
       r.wished_mode, r.wished_language, r.wished_premises{}
FROM brokering_referral r
JOIN brokering_patient p ON p.id = r.patient_id
LEFT JOIN providers_municipality m ON m.code = p.municipality_id
WHERE r.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
    WHERE b.referral_id = r.id AND c.state = 'held' AND c.held_until > now());
"""
GIVEN_TOGETHER = """,
       CASE WHEN r.follows_id IS NULL
            THEN r.id IN (SELECT f.follows_id FROM brokering_referral f
                           WHERE f.follows_id IS NOT NULL AND f.state <> 'closed' AND {lead})
            ELSE EXISTS (SELECT FROM brokering_referral l
                          WHERE l.id = r.follows_id AND l.state <> 'closed' AND {other})
       END AS given_together"""


def profile(condition: str) -> str:
    """The view, where a need that follows another counts under a condition."""
    lead = condition.format(need="f.follows_id", at="now()")
    other = condition.format(need="l.id", at="now()")
    return PROFILE.format(GIVEN_TOGETHER.format(lead=lead, other=other))


class Migration(migrations.Migration):
    """The guard and what matching may know say the same."""

    dependencies = [("brokering", "0030_what_follows_is_offered_too")]

    operations = [
        migrations.RunSQL(guard(NOT_BEGUN), guard(ALWAYS)),
        migrations.RunSQL(profile(NOT_BEGUN), profile(ALWAYS)),
    ]
