"""The need plane: row policies, the de-identified profile that matching reads, the way lapsed claims end."""

from django.db import migrations

from accounts.models.rls import append_only, granted, need_plane

NEED_TABLES = (
    "brokering_patient",
    "brokering_referral",
    "brokering_clockevent",
    "brokering_paymentcommitment",
    "brokering_booking",
    "brokering_offer",
    "brokering_reroutecase",
)

CLAIMS = """
ALTER TABLE providers_claim ADD CONSTRAINT claim_commitment_exists
    FOREIGN KEY (commitment_id) REFERENCES brokering_paymentcommitment (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE providers_claim ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_read ON providers_claim FOR SELECT USING (true);
CREATE POLICY acting_insert ON providers_claim FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
CREATE POLICY holder_update ON providers_claim FOR UPDATE
    USING (EXISTS (SELECT 1 FROM brokering_booking mine WHERE mine.claim_id = providers_claim.id))
    WITH CHECK (EXISTS (SELECT 1 FROM brokering_booking mine WHERE mine.claim_id = providers_claim.id));
REVOKE DELETE ON providers_claim FROM vardbryggan_app;
"""
CLINICS_SEE_THEIR_PATIENTS = """
CREATE POLICY booked_clinic ON brokering_patient FOR SELECT USING (EXISTS (
    SELECT 1 FROM brokering_booking b WHERE b.patient_id = brokering_patient.id
    AND b.addressed_to_id = ANY((SELECT app_tenants())::uuid[])));
CREATE POLICY booked_clinic ON brokering_referral FOR SELECT USING (EXISTS (
    SELECT 1 FROM brokering_booking b WHERE b.referral_id = brokering_referral.id
    AND b.addressed_to_id = ANY((SELECT app_tenants())::uuid[])));
"""
UNDO_CLINICS = """
DROP POLICY booked_clinic ON brokering_patient;
DROP POLICY booked_clinic ON brokering_referral;
"""
UNDO_CLAIMS = """
ALTER TABLE providers_claim DROP CONSTRAINT claim_commitment_exists;
ALTER TABLE providers_claim DISABLE ROW LEVEL SECURITY;
DROP POLICY public_read ON providers_claim;
DROP POLICY acting_insert ON providers_claim;
DROP POLICY holder_update ON providers_claim;
GRANT DELETE ON providers_claim TO vardbryggan_app;
"""

LAPSED = """
CREATE FUNCTION ended_claim_gives_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE contracts_lotuse SET used = used - 1
        WHERE lot_id = OLD.lot_id AND period = OLD.cap_period;
    UPDATE brokering_paymentcommitment SET uses = uses - 1 WHERE id = OLD.commitment_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ended_claim_gives_back IS
    'Whoever ends a claim, and why: its reserved place of the cap and of the commitment go back once.';
CREATE TRIGGER ended_claim_gives_back AFTER UPDATE OF state ON providers_claim
    FOR EACH ROW WHEN (OLD.state IN ('held', 'confirmed') AND NEW.state = 'ended'
                       AND NEW.ended_why NOT IN ('fulfilled', 'missed'))
    EXECUTE FUNCTION ended_claim_gives_back();

CREATE FUNCTION end_lapsed_claims(p_slot uuid, p_lot uuid, p_commitment uuid, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    WITH lapsed AS (
        SELECT id FROM providers_claim
        WHERE state = 'held' AND held_until <= least(p_now, clock_timestamp())
          AND (p_slot IS NULL OR slot_id = p_slot)
          AND (p_lot IS NULL OR lot_id = p_lot)
          AND (p_commitment IS NULL OR commitment_id = p_commitment)
        ORDER BY slot_id LIMIT 500 FOR UPDATE SKIP LOCKED
    ), gone AS (
        UPDATE providers_claim c SET state = 'ended', ended_why = 'lapsed', changed_at = p_now
        FROM lapsed WHERE c.id = lapsed.id
        RETURNING c.id
    )
    SELECT count(*) INTO ended FROM gone;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION end_lapsed_claims IS
    'Ends claims whose time is past, across tenants, and does nothing else.';
"""
UNDO_LAPSED = """
DROP FUNCTION end_lapsed_claims(uuid, uuid, uuid, timestamptz);
DROP TRIGGER ended_claim_gives_back ON providers_claim;
DROP FUNCTION ended_claim_gives_back();
"""

PROFILE = """
CREATE VIEW need_profile AS
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
        ), '[]'::jsonb) AS refused_days
FROM brokering_referral r
JOIN brokering_patient p ON p.id = r.patient_id
LEFT JOIN providers_municipality m ON m.code = p.municipality_id
WHERE r.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
    WHERE b.referral_id = r.id AND c.state = 'held' AND c.held_until > now());
COMMENT ON VIEW need_profile IS
    'What matching may know of a waiting person: no name, no identity number, age in years, coarse place.';
REVOKE ALL ON need_profile FROM vardbryggan_app;

ALTER TABLE brokering_proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON brokering_proposal FOR SELECT USING (tenant_id = ANY((SELECT app_tenants())::uuid[]));
CREATE POLICY matched ON brokering_proposal TO vardbryggan_matcher USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON brokering_proposal, brokering_round FROM vardbryggan_app;
GRANT USAGE ON SEQUENCE brokering_proposal_id_seq TO vardbryggan_matcher;
"""
UNDO_PROFILE = """
DROP VIEW need_profile;
ALTER TABLE brokering_proposal DISABLE ROW LEVEL SECURITY;
DROP POLICY seen ON brokering_proposal;
DROP POLICY matched ON brokering_proposal;
GRANT INSERT, UPDATE, DELETE ON brokering_proposal, brokering_round TO vardbryggan_app;
"""


class Migration(migrations.Migration):
    """Row-level security of brokering."""

    dependencies = [("brokering", "0001_initial"), ("contracts", "0002_row_security")]

    operations = [
        *(need_plane(table) for table in NEED_TABLES),
        append_only("brokering_clockevent"),
        migrations.RunSQL(CLINICS_SEE_THEIR_PATIENTS, UNDO_CLINICS),
        migrations.RunSQL(CLAIMS, UNDO_CLAIMS),
        migrations.RunSQL(LAPSED, UNDO_LAPSED),
        migrations.RunSQL(PROFILE, UNDO_PROFILE),
        granted("vardbryggan_matcher", "SELECT", "need_profile"),
        granted("vardbryggan_matcher", "SELECT, INSERT, UPDATE", "brokering_round"),
        granted("vardbryggan_matcher", "SELECT, INSERT", "brokering_proposal"),
    ]
