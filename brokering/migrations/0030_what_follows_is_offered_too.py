"""Of two times that are offered together the second has been offered as well, not chosen by a click."""

from django.db import migrations

VIEW = """
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
LEFT JOIN brokering_offer o ON o.booking_id = {offered}
LEFT JOIN brokering_invitation i ON i.booking_id = b.id
LEFT JOIN brokering_batch a ON a.id = i.batch_id;
"""
TOGETHER = """coalesce(
    (SELECT p.id FROM brokering_booking p JOIN brokering_offer po ON po.booking_id = p.id
      WHERE b.chain IS NOT NULL AND p.chain = b.chain AND p.id <> b.id), b.id)"""


class Migration(migrations.Migration):
    """The view through which the ledger reads what was given."""

    dependencies = [("brokering", "0029_stored_inputs_lie_as_they_are")]

    operations = [migrations.RunSQL(VIEW.format(offered=TOGETHER), VIEW.format(offered="b.id"))]
