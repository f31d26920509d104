"""Every place that becomes free is noted by the database, until it has been matched again."""

import django.db.models.deletion
from django.db import migrations, models

NOTED = """
CREATE FUNCTION place_is_freed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO providers_freedplace (slot_id) VALUES (NEW.slot_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION place_is_freed IS 'A claim was given up: its place is to be matched again.';
-- What lapses by time is found by the sweep; a visit that took place, or was missed, frees nothing.
CREATE TRIGGER place_is_freed AFTER UPDATE OF state ON providers_claim FOR EACH ROW
    WHEN (OLD.state <> 'ended' AND NEW.state = 'ended'
          AND NEW.ended_why IN ('released', 'cancelled', 'taken_back'))
    EXECUTE FUNCTION place_is_freed();

CREATE FUNCTION place_is_opened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO providers_freedplace (slot_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION place_is_opened IS
    'A place that was withdrawn or hidden can be had again: it is to be matched again.';
CREATE TRIGGER place_is_opened AFTER UPDATE OF state, hidden_why ON providers_slot FOR EACH ROW
    WHEN (NEW.state = 'open' AND NEW.hidden_why = ''
          AND (OLD.state <> 'open' OR OLD.hidden_why <> ''))
    EXECUTE FUNCTION place_is_opened();

REVOKE INSERT ON providers_freedplace FROM vardbryggan_app;
"""
UNDO = """
DROP TRIGGER place_is_freed ON providers_claim; DROP FUNCTION place_is_freed();
DROP TRIGGER place_is_opened ON providers_slot; DROP FUNCTION place_is_opened();
GRANT INSERT ON providers_freedplace TO vardbryggan_app;
"""


class Migration(migrations.Migration):
    """The table, and the two triggers that fill it."""

    dependencies = [("providers", "0016_places_walked_by_kind")]

    operations = [
        migrations.CreateModel(
            name="FreedPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "slot",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="providers.slot",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(NOTED, UNDO),
    ]
