"""Two needs that are given together: the link, the two times, and a guard against half of it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

GUARDS = """
CREATE FUNCTION linked_need_is_given_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM brokering_referral o WHERE o.follows_id = NEW.referral_id
                AND o.state <> 'closed')
       OR EXISTS (SELECT FROM brokering_referral r JOIN brokering_referral o ON o.id = r.follows_id
                   WHERE r.id = NEW.referral_id AND o.state <> 'closed') THEN
        RAISE EXCEPTION 'two needs are given together' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'linked_need_is_given_whole';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION linked_need_is_given_whole IS
    'A need that is given together with another has no time by itself, as long as both are open.';
CREATE TRIGGER linked_need_is_given_whole AFTER INSERT ON brokering_booking
    FOR EACH ROW WHEN (NEW.chain IS NULL AND NEW.state IN ('held', 'booked'))
    EXECUTE FUNCTION linked_need_is_given_whole();

CREATE FUNCTION no_half_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one record;
    two record;
BEGIN
    SELECT b.state, b.changed_at, s.clinic_id, s.starts_at, s.ends_at, r.id AS need, r.state AS need_state
      INTO one FROM brokering_booking b JOIN brokering_referral r ON r.id = b.referral_id
      JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
     WHERE b.chain = NEW.chain AND r.follows_id IS NULL;
    SELECT b.state, b.changed_at, s.clinic_id, s.starts_at, s.ends_at, r.follows_id,
           r.state AS need_state
      INTO two FROM brokering_booking b JOIN brokering_referral r ON r.id = b.referral_id
      JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
     WHERE b.chain = NEW.chain AND r.follows_id IS NOT NULL;
    IF one.need IS NULL OR two.follows_id IS DISTINCT FROM one.need
       OR one.clinic_id <> two.clinic_id OR two.starts_at < one.ends_at AND two.state IN ('held', 'booked')
       AND one.state IN ('held', 'booked')
       -- A hold is of both or of none.
       OR (one.state = 'held') <> (two.state = 'held')
       -- So is a booking, until the first visit has begun or one of the two needs is no more.
       OR (one.state = 'booked') <> (two.state = 'booked')
          AND one.state NOT IN ('fulfilled', 'missed')
          AND one.need_state <> 'closed' AND two.need_state <> 'closed'
          AND NOT (one.state = 'booked' AND one.starts_at <= two.changed_at) THEN
        RAISE EXCEPTION 'half a chain' USING ERRCODE = 'check_violation', CONSTRAINT = 'no_half_chain';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION no_half_chain IS
    'Two times that are given together are held and booked both or none, at one clinic, in their order.';
CREATE CONSTRAINT TRIGGER no_half_chain AFTER INSERT OR UPDATE ON brokering_booking
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.chain IS NOT NULL) EXECUTE FUNCTION no_half_chain();
REVOKE ALL ON FUNCTION linked_need_is_given_whole(), no_half_chain() FROM PUBLIC;
"""
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
                           WHERE f.follows_id IS NOT NULL AND f.state <> 'closed')
            ELSE EXISTS (SELECT FROM brokering_referral l
                          WHERE l.id = r.follows_id AND l.state <> 'closed')
       END AS given_together"""
UNDO_PROFILE = f"""
DROP VIEW need_profile;
{PROFILE.format("")}
COMMENT ON VIEW need_profile IS
    'What matching may know of a waiting person: no name, no identity number, age in years, coarse place.';
REVOKE ALL ON need_profile FROM vardbryggan_app;
GRANT SELECT ON need_profile TO vardbryggan_matcher;
"""
TURNS = """
CREATE FUNCTION turn_follows_other_need() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE brokering_turn SET stands_until = NULL, stamp = pg_current_xact_id()::text::bigint
     WHERE need_key IN (SELECT need_key FROM brokering_referral WHERE follows_id = NEW.id
                        UNION ALL
                        SELECT need_key FROM brokering_referral WHERE id = NEW.follows_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION turn_follows_other_need IS
    'Who is given together with a need that is no more has a turn of their own again.';
CREATE TRIGGER turn_follows_other_need AFTER UPDATE OF state ON brokering_referral
    FOR EACH ROW WHEN ((OLD.state = 'closed') IS DISTINCT FROM (NEW.state = 'closed'))
    EXECUTE FUNCTION turn_follows_other_need();
REVOKE ALL ON FUNCTION turn_follows_other_need() FROM PUBLIC;
"""
UNDO_TURNS = """
DROP TRIGGER turn_follows_other_need ON brokering_referral; DROP FUNCTION turn_follows_other_need();
"""
UNDO = """
DROP TRIGGER linked_need_is_given_whole ON brokering_booking;
DROP FUNCTION linked_need_is_given_whole();
DROP TRIGGER no_half_chain ON brokering_booking; DROP FUNCTION no_half_chain();
"""


class Migration(migrations.Migration):
    """A need may follow another; two bookings may be one chain."""

    dependencies = [("brokering", "0025_turns_say_where_they_may_lead")]

    operations = [
        migrations.AddField(
            "referral",
            "follows",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followed_by",
                to="brokering.referral",
            ),
        ),
        migrations.AddField(
            "referral", "follows_after", models.PositiveSmallIntegerField(null=True)
        ),
        migrations.AddConstraint(
            "referral",
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")),
                name="a_need_follows_another",
            ),
        ),
        migrations.AddConstraint(
            "referral",
            models.CheckConstraint(
                condition=Q(follows_after__isnull=True) | Q(follows__isnull=False),
                name="days_between_are_of_two_needs",
            ),
        ),
        migrations.AddField("booking", "chain", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "booking",
            models.UniqueConstraint(
                fields=["chain", "referral"],
                condition=Q(chain__isnull=False),
                name="one_time_of_a_need_per_chain",
            ),
        ),
        migrations.RunSQL(GUARDS, UNDO),
        migrations.RunSQL(PROFILE.format(GIVEN_TOGETHER), UNDO_PROFILE),
        migrations.RunSQL(TURNS, UNDO_TURNS),
    ]
