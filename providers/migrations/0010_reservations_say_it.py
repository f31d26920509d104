"""What a claim has reserved stands in the reservations of the caps."""

from django.db import migrations


class Migration(migrations.Migration):
    """The claim's own cap period, and the index that looked for a lot's claims, have no reader left."""

    dependencies = [("providers", "0009_feed_reading")]

    operations = [
        migrations.RemoveField(model_name="claim", name="cap_period"),
        migrations.RemoveIndex(model_name="claim", name="held_claim_of_a_lot"),
    ]
