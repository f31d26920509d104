"""Who may be told late, who would come earlier than booked; a question that the clinic took back."""

import django.db.models.deletion
from django.db import migrations, models

PROFILE = """
CREATE OR REPLACE VIEW short_notice_profile AS
SELECT r.need_key, r.care_id, s.notice_hours, s.max_distance_km, s.ready,
       ARRAY(SELECT DISTINCT b.slot_id FROM brokering_invitation i
             JOIN brokering_batch b ON b.id = i.batch_id
             WHERE i.referral_id = r.id ORDER BY b.slot_id) AS asked{late}
FROM brokering_shortnotice s
JOIN brokering_referral r ON r.id = s.referral_id
WHERE s.ended_at IS NULL AND r.state = 'waiting'{waits} AND NOT EXISTS (
    SELECT 1 FROM brokering_invitation i JOIN brokering_batch b ON b.id = i.batch_id
    WHERE i.referral_id = r.id AND i.state = 'sent' AND b.ended_at IS NULL);
"""
NOW = PROFILE.format(late=", s.late_evenings", waits=" AND s.booking_id IS NULL")
BEFORE = f"""
DROP VIEW short_notice_profile;
{PROFILE.format(late="", waits="")}
REVOKE ALL ON short_notice_profile FROM vardbryggan_app;
GRANT SELECT ON short_notice_profile TO vardbryggan_matcher;
"""
STATES = ("sent", "accepted", "declined", "late", "lapsed", "withdrawn")


class Migration(migrations.Migration):
    """Two columns of the consent, one state of the question, and what matching may read."""

    dependencies = [("brokering", "0017_national_rounds")]

    operations = [
        migrations.AddField(
            model_name="shortnotice",
            name="booking",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="earlier_wishes",
                to="brokering.booking",
            ),
        ),
        migrations.AddField(
            model_name="shortnotice",
            name="late_evenings",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="state",
            field=models.CharField(
                choices=[(state, state) for state in STATES], default="sent", max_length=10
            ),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
