"""A turn tells what lets a place pass somebody by at once; more changes than before ask for it anew."""

from django.db import migrations, models

from accounts.models.rls import granted

WORKED_OUT = (
    "due, stands_until, chooses_on, is_matched, home_region, elsewhere, law, latitude, longitude,"
    " reach, earliest, latest"
)
FOLLOWS = """
DROP TRIGGER turn_follows_need ON brokering_referral;
CREATE TRIGGER turn_follows_need AFTER UPDATE ON brokering_referral
    FOR EACH ROW WHEN (
        (OLD.state, OLD.priority, OLD.home_region_id, OLD.care_id, OLD.guarantee, OLD.issued_on,
         OLD.contact_on, OLD.decided_on, OLD.medical_target_on{old})
        IS DISTINCT FROM
        (NEW.state, NEW.priority, NEW.home_region_id, NEW.care_id, NEW.guarantee, NEW.issued_on,
         NEW.contact_on, NEW.decided_on, NEW.medical_target_on{new}))
    EXECUTE FUNCTION turn_follows_need();
"""
ALSO = (
    *("issuer", "issuer_region_id", "extras", "need_approved_on", "confirmed_on", "watch_until"),
    *("max_distance_km", "earliest_on", "latest_on", "accepts_other_regions"),
)
OTHERS = """
CREATE FUNCTION turn_follows_patient() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE brokering_turn SET stands_until = NULL, stamp = pg_current_xact_id()::text::bigint
     WHERE need_key IN (SELECT need_key FROM brokering_referral WHERE patient_id = NEW.id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION turn_follows_patient IS 'Where somebody lives, and on what ground, moves their turn.';
CREATE TRIGGER turn_follows_patient AFTER UPDATE ON brokering_patient
    FOR EACH ROW WHEN ((OLD.municipality_id, OLD.responsibility)
                       IS DISTINCT FROM (NEW.municipality_id, NEW.responsibility))
    EXECUTE FUNCTION turn_follows_patient();

CREATE FUNCTION turn_follows_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE brokering_turn SET stands_until = NULL, stamp = pg_current_xact_id()::text::bigint
     WHERE need_key = (SELECT need_key FROM brokering_referral WHERE id = NEW.referral_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION turn_follows_case IS 'A reroute opens a route of its own, as long as it is open.';
CREATE TRIGGER turn_follows_case AFTER INSERT OR UPDATE OF state ON brokering_reroutecase
    FOR EACH ROW EXECUTE FUNCTION turn_follows_case();
REVOKE ALL ON FUNCTION turn_follows_patient(), turn_follows_case() FROM PUBLIC;
UPDATE brokering_turn SET stands_until = NULL;
"""
UNDO = """
DROP TRIGGER turn_follows_patient ON brokering_patient; DROP FUNCTION turn_follows_patient();
DROP TRIGGER turn_follows_case ON brokering_reroutecase; DROP FUNCTION turn_follows_case();
"""


def _follows(also: tuple[str, ...]) -> str:
    return FOLLOWS.format(
        old="".join(f", OLD.{name}" for name in also), new="".join(f", NEW.{name}" for name in also)
    )


class Migration(migrations.Migration):
    """Columns that are worked out, indexes in the order of choosing, and the triggers."""

    dependencies = [("brokering", "0024_proposals_are_found_by_their_constraints")]

    operations = [
        migrations.AddField("turn", "chooses_on", models.DateField(null=True)),
        migrations.AddField("turn", "is_matched", models.BooleanField(null=True)),
        migrations.AddField("turn", "home_region", models.CharField(db_default="", max_length=2)),
        migrations.AddField("turn", "elsewhere", models.BooleanField(null=True)),
        migrations.AddField("turn", "law", models.BigIntegerField(null=True)),
        migrations.AddField("turn", "latitude", models.FloatField(null=True)),
        migrations.AddField("turn", "longitude", models.FloatField(null=True)),
        migrations.AddField("turn", "reach", models.PositiveIntegerField(null=True)),
        migrations.AddField("turn", "earliest", models.DateField(null=True)),
        migrations.AddField("turn", "latest", models.DateField(null=True)),
        migrations.RemoveIndex("turn", "turns_by_last_day"),
        migrations.RemoveIndex("turn", "turns_by_wait"),
        migrations.RunSQL(_follows(ALSO) + OTHERS, _follows(()) + UNDO),
        migrations.AddIndex(
            "turn",
            models.Index(
                fields=["care", "priority", "chooses_on", "since", "need_key"],
                name="turns_in_time",
            ),
        ),
        migrations.AddIndex(
            "turn",
            models.Index(fields=["care", "priority", "since", "need_key"], name="turns_by_waiting"),
        ),
        granted("vardbryggan_matcher", f"UPDATE ({WORKED_OUT})", "brokering_turn"),
    ]
