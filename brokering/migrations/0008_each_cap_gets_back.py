"""An ended claim gives back what it reserved of every cap; lapsed claims are found by what they count in."""

from django.db import migrations

GIVES_BACK = """
CREATE OR REPLACE FUNCTION ended_claim_gives_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM contracts_capuse u JOIN contracts_reservation r ON r.use_id = u.id
        WHERE r.claim_id = OLD.id ORDER BY u.counter, u.period FOR UPDATE OF u;
    WITH gone AS (DELETE FROM contracts_reservation WHERE claim_id = OLD.id RETURNING use_id)
    UPDATE contracts_capuse u SET used = used - 1 FROM gone WHERE u.id = gone.use_id;
    UPDATE brokering_paymentcommitment SET uses = uses - 1 WHERE id = OLD.commitment_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION ended_claim_gives_back IS
    'Whoever ends a claim, and why: what it reserved of caps and of the commitment goes back once.';

DROP FUNCTION end_lapsed_claims(uuid, uuid, uuid, timestamptz);
CREATE FUNCTION end_lapsed_claims(p_slot uuid, p_uses bigint[], p_commitment uuid, p_now timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    WITH lapsed AS (
        SELECT id FROM providers_claim
        WHERE state = 'held' AND held_until <= least(p_now, clock_timestamp())
          AND (p_slot IS NULL OR slot_id = p_slot)
          AND (p_uses IS NULL OR id IN (
              SELECT claim_id FROM contracts_reservation WHERE use_id = ANY(p_uses)))
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


class Migration(migrations.Migration):
    """The two functions through which reservations come back."""

    dependencies = [
        ("brokering", "0007_received_patients"),
        ("contracts", "0007_caps_of_many_kinds"),
        ("providers", "0010_reservations_say_it"),
    ]

    operations = [migrations.RunSQL(GIVES_BACK)]
