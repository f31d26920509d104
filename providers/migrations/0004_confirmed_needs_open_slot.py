"""A hold is confirmed only while its slot is open: it may have run out, and been withdrawn, on the way."""

from django.db import migrations

CONFIRMED = """
CREATE TRIGGER confirmed_claim_needs_open_slot BEFORE UPDATE OF state ON providers_claim
    FOR EACH ROW WHEN (OLD.state <> 'confirmed' AND NEW.state = 'confirmed')
    EXECUTE FUNCTION claim_needs_open_slot();
"""


class Migration(migrations.Migration):
    """The claim's guard also stands where a hold becomes a booking."""

    dependencies = [("providers", "0003_slot_guards")]

    operations = [
        migrations.RunSQL(
            CONFIRMED, "DROP TRIGGER confirmed_claim_needs_open_slot ON providers_claim;"
        ),
    ]
