"""The few trails that say more than that the person was informed are found without reading all."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("brokering", "0032_referrals_are_counted_anew")]

    operations = [
        migrations.AddIndex(
            model_name="clockevent",
            index=models.Index(
                fields=["referral"], condition=~Q(type="informed"), name="events_that_may_move_days"
            ),
        ),
    ]
