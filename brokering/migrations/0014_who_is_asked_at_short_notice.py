"""What matching may know of who wants to be asked at short notice, and since when a watch has been looked at."""

import django.utils.timezone
from django.db import migrations, models

from accounts.models.rls import granted

PROFILE = """
CREATE VIEW short_notice_profile AS
SELECT r.need_key, r.care_id, s.notice_hours, s.max_distance_km, s.ready,
       ARRAY(SELECT DISTINCT b.slot_id FROM brokering_invitation i
             JOIN brokering_batch b ON b.id = i.batch_id
             WHERE i.referral_id = r.id ORDER BY b.slot_id) AS asked
FROM brokering_shortnotice s
JOIN brokering_referral r ON r.id = s.referral_id
WHERE s.ended_at IS NULL AND r.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM brokering_invitation i JOIN brokering_batch b ON b.id = i.batch_id
    WHERE i.referral_id = r.id AND i.state = 'sent' AND b.ended_at IS NULL);
COMMENT ON VIEW short_notice_profile IS
    'Who has consented to be asked at short notice and waits for no other such answer; no identity.';
REVOKE ALL ON short_notice_profile FROM vardbryggan_app;
"""


class Migration(migrations.Migration):
    """A view for the matching role; nobody is told twice of the same place."""

    dependencies = [("brokering", "0013_language_of_messages")]

    operations = [
        migrations.AddField(
            model_name="watch",
            name="looked_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.RunSQL(PROFILE, "DROP VIEW short_notice_profile;"),
        granted("vardbryggan_matcher", "SELECT", "short_notice_profile"),
    ]
