"""A claim that lapsed frees its place as well: the database notes it, no message has to say so."""

from django.db import migrations

FREES = """
DROP TRIGGER place_is_freed ON providers_claim;
-- A visit that took place, or was missed, frees nothing: it was to have been by then.
CREATE TRIGGER place_is_freed AFTER UPDATE OF state ON providers_claim FOR EACH ROW
    WHEN (OLD.state <> 'ended' AND NEW.state = 'ended'
          AND NEW.ended_why IN ('released', 'cancelled', 'taken_back'{lapsed}))
    EXECUTE FUNCTION place_is_freed();
"""


class Migration(migrations.Migration):
    """The trigger's condition."""

    dependencies = [("providers", "0017_freed_places_are_noted")]

    operations = [
        migrations.RunSQL(FREES.format(lapsed=", 'lapsed'"), FREES.format(lapsed="")),
    ]
