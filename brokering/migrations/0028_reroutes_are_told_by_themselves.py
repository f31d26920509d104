"""Open reroutes as rows of their own: a round looks at those few, not for one with everybody who waits."""

from django.db import migrations

from accounts.models.rls import granted

VIEW = """
CREATE VIEW need_reroute AS
SELECT DISTINCT r.need_key, r.care_id
FROM brokering_reroutecase c JOIN brokering_referral r ON r.id = c.referral_id
WHERE r.state = 'waiting' AND c.state = 'open';
COMMENT ON VIEW need_reroute IS
    'Those who wait with an open reroute, as need_profile has it; no identity.';
REVOKE ALL ON need_reroute FROM vardbryggan_app;
"""


class Migration(migrations.Migration):
    """A view, read by the matching role alone."""

    dependencies = [("brokering", "0027_what_had_been_seen")]

    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW need_reroute"),
        granted("vardbryggan_matcher", "SELECT", "need_reroute"),
    ]
