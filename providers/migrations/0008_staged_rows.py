"""A staged row says why it could not be read; staged rows are removed in time, whoever sent them."""

from django.db import migrations, models

# Outcomes are written onto the rows just copied in: room on each page keeps that off the indexes.
ROOM = "ALTER TABLE providers_stagedslot SET (fillfactor = 60);"
UNDO_ROOM = "ALTER TABLE providers_stagedslot RESET (fillfactor);"
FORGET = """
CREATE FUNCTION forget_staged_slots(p_before timestamptz, p_calls_before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    UPDATE providers_delivery SET state = 'discarded'
     WHERE state = 'staged' AND received_at < p_before;
    -- A call's answer is made of its rows, so they are kept as long as its key.
    DELETE FROM providers_stagedslot AS staged
     WHERE NOT EXISTS (
        SELECT 1 FROM providers_delivery AS delivery
         WHERE delivery.id = staged.delivery_id
           AND delivery.received_at >= CASE delivery.channel
               WHEN 'api' THEN p_calls_before ELSE p_before END);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
"""


class Migration(migrations.Migration):
    """Staged rows: why unreadable, and the broom."""

    dependencies = [("providers", "0007_publishers_measured")]

    operations = [
        migrations.AddField(
            model_name="stagedslot",
            name="problem",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.RunSQL(ROOM, UNDO_ROOM),
        migrations.RunSQL(FORGET, "DROP FUNCTION forget_staged_slots(timestamptz, timestamptz);"),
    ]
