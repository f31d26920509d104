"""A withdrawn slot never has a patient: claim and withdrawal exclude each other in the database."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION claim_needs_open_slot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- FOR SHARE waits for a withdrawal under way and makes a later one wait for this claim.
    PERFORM 1 FROM providers_slot WHERE id = NEW.slot_id AND state = 'open' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'slot is withdrawn' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'claim_needs_open_slot';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER claim_needs_open_slot BEFORE INSERT ON providers_claim
    FOR EACH ROW WHEN (NEW.state IN ('held', 'confirmed')) EXECUTE FUNCTION claim_needs_open_slot();

CREATE FUNCTION withdrawn_slot_is_free() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM providers_claim WHERE slot_id = NEW.id AND (state = 'confirmed'
               OR state = 'held' AND held_until > clock_timestamp())) THEN
        RAISE EXCEPTION 'slot is taken' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'withdrawn_slot_is_free';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER withdrawn_slot_is_free AFTER UPDATE OF state ON providers_slot
    FOR EACH ROW WHEN (NEW.state = 'withdrawn') EXECUTE FUNCTION withdrawn_slot_is_free();
"""
UNDO = """
DROP TRIGGER claim_needs_open_slot ON providers_claim; DROP FUNCTION claim_needs_open_slot();
DROP TRIGGER withdrawn_slot_is_free ON providers_slot; DROP FUNCTION withdrawn_slot_is_free();
"""


class Migration(migrations.Migration):
    """Triggers between slots and claims."""

    dependencies = [("providers", "0002_row_security")]

    operations = [migrations.RunSQL(GUARDS, UNDO)]
