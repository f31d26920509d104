"""The queue of each care as an index that the database keeps by itself, for matching alone."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.models.rls import granted

KEPT = """
CREATE FUNCTION turn_follows_need() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'waiting' AND NEW.priority IS NOT NULL AND NEW.home_region_id IS NOT NULL THEN
        INSERT INTO brokering_turn (need_key, care_id, priority, since, stamp)
        VALUES (NEW.need_key, NEW.care_id, NEW.priority,
                coalesce(NEW.decided_on, NEW.issued_on, NEW.contact_on),
                pg_current_xact_id()::text::bigint)
        ON CONFLICT (need_key) DO UPDATE SET care_id = EXCLUDED.care_id, priority = EXCLUDED.priority,
            since = EXCLUDED.since, stands_until = NULL, stamp = EXCLUDED.stamp;
    ELSE
        DELETE FROM brokering_turn WHERE need_key = NEW.need_key;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION turn_follows_need IS
    'Who waits and may be matched has a turn; what follows from law is worked out anew after a change.';
CREATE TRIGGER turn_of_new_need AFTER INSERT ON brokering_referral
    FOR EACH ROW EXECUTE FUNCTION turn_follows_need();
CREATE TRIGGER turn_follows_need AFTER UPDATE ON brokering_referral
    FOR EACH ROW WHEN (
        (OLD.state, OLD.priority, OLD.home_region_id, OLD.care_id, OLD.guarantee, OLD.issued_on,
         OLD.contact_on, OLD.decided_on, OLD.medical_target_on)
        IS DISTINCT FROM
        (NEW.state, NEW.priority, NEW.home_region_id, NEW.care_id, NEW.guarantee, NEW.issued_on,
         NEW.contact_on, NEW.decided_on, NEW.medical_target_on))
    EXECUTE FUNCTION turn_follows_need();

CREATE FUNCTION turn_follows_trail() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE brokering_turn SET stands_until = NULL, stamp = pg_current_xact_id()::text::bigint
     WHERE need_key = (SELECT need_key FROM brokering_referral WHERE id = NEW.referral_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION turn_follows_trail IS 'What is written in a trail may move the last day in time.';
CREATE TRIGGER turn_follows_trail AFTER INSERT ON brokering_clockevent
    FOR EACH ROW EXECUTE FUNCTION turn_follows_trail();
REVOKE ALL ON FUNCTION turn_follows_need(), turn_follows_trail() FROM PUBLIC;

INSERT INTO brokering_turn (need_key, care_id, priority, since, stamp)
SELECT need_key, care_id, priority, coalesce(decided_on, issued_on, contact_on), 0
FROM brokering_referral
WHERE state = 'waiting' AND priority IS NOT NULL AND home_region_id IS NOT NULL;
REVOKE ALL ON brokering_turn FROM vardbryggan_app;
"""
UNDO = """
DROP TRIGGER turn_of_new_need ON brokering_referral;
DROP TRIGGER turn_follows_need ON brokering_referral;
DROP TRIGGER turn_follows_trail ON brokering_clockevent;
DROP FUNCTION turn_follows_need();
DROP FUNCTION turn_follows_trail();
"""


class Migration(migrations.Migration):
    """Table, the triggers that keep it, and a row for everyone who waits already."""

    dependencies = [("brokering", "0018_reached_late_or_come_earlier")]

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("need_key", models.UUIDField(primary_key=True, serialize=False)),
                ("priority", models.PositiveSmallIntegerField()),
                ("since", models.DateField()),
                ("due", models.DateField(null=True)),
                ("stands_until", models.DateField(null=True)),
                ("stamp", models.BigIntegerField()),
                (
                    "care",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.care",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["care", "priority", "due", "since", "need_key"],
                        name="turns_by_last_day",
                    ),
                    models.Index(
                        fields=["care", "priority", "since", "need_key"],
                        include=["due"],
                        name="turns_by_wait",
                    ),
                    models.Index(fields=["care", "stands_until"], name="turns_to_work_out"),
                ]
            },
        ),
        migrations.RunSQL(KEPT, UNDO),
        granted("vardbryggan_matcher", "SELECT, UPDATE (due, stands_until)", "brokering_turn"),
    ]
