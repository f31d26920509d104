"""A batch tells what had been seen when it was sent, and the ledger reads it: who came later was not passed."""

from django.db import migrations, models
from django.db.models import Func
from django.db.models.functions import Cast

from accounts.models.rls import granted

GIVEN = """
CREATE OR REPLACE VIEW place_given AS
SELECT g.id AS note, g.stamp, b.id AS booking, b.claim_id AS claim, c.slot_id AS slot, b.care_id AS care,
       r.need_key, r.tenant_id AS tenant, r.priority,
       coalesce(r.decided_on, r.issued_on, r.contact_on) AS since,
       b.route, b.created_at AS given_at, s.starts_at, o.round_id AS round,
       o.id IS NULL AND i.id IS NULL AS is_chosen,
       EXISTS (SELECT 1 FROM brokering_rebookingtask t JOIN brokering_booking had ON had.id = t.booking_id
                WHERE had.referral_id = b.referral_id AND t.opened_at <= b.created_at
                  AND (t.closed_at IS NULL OR t.closed_at >= b.created_at)) AS is_moved,
       coalesce(a.seen, '') AS asked
FROM brokering_givenplace g JOIN brokering_booking b ON b.id = g.booking_id
JOIN brokering_referral r ON r.id = b.referral_id
JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
LEFT JOIN brokering_offer o ON o.booking_id = b.id
LEFT JOIN brokering_invitation i ON i.booking_id = b.id
LEFT JOIN brokering_batch a ON a.id = i.batch_id;
"""
ASKED = """,
       coalesce(a.seen, '') AS asked"""
BATCH = "\nLEFT JOIN brokering_batch a ON a.id = i.batch_id"
UNDO = (
    "DROP VIEW place_given;"
    + GIVEN.replace("CREATE OR REPLACE", "CREATE").replace(ASKED, "").replace(BATCH, "")
    + """
COMMENT ON VIEW place_given IS
    'Places that the ledger has not looked at: how each was given, and the rank of the need; no identity.';
REVOKE ALL ON place_given FROM vardbryggan_app;
GRANT SELECT ON place_given TO vardbryggan_matcher;
"""
)
"""A view loses no column: the one before is made anew, with what is said of it and who may read it."""


class Migration(migrations.Migration):
    """A column that the database fills by itself, and the view."""

    dependencies = [("brokering", "0026_needs_given_together")]

    operations = [
        migrations.AddField(
            "batch",
            "seen",
            models.TextField(
                db_default=Cast(Func(function="pg_current_snapshot"), models.TextField()),
                editable=False,
            ),
        ),
        migrations.RunSQL(GIVEN, UNDO),
        granted("vardbryggan_matcher", "DELETE", "brokering_bypass"),
    ]
