"""What must hold of promises: approvals, messages, short notice, watches, remembered answers."""

from brokering.selectors.invariant import Invariant

APPROVALS = (
    Invariant(
        name="approval_agrees_with_its_place",
        sentence="A question for approval keeps its place while it is open, and no longer than a no.",
        sql="""
            SELECT 'approval ' || a.id FROM brokering_approval a
              JOIN brokering_booking b ON b.id = a.booking_id JOIN providers_claim c ON c.id = b.claim_id
             WHERE NOT CASE a.state
               WHEN 'asked' THEN c.held_until > %(late)s AND b.state IN ('held', 'expired')
               WHEN 'granted' THEN a.asked = 'clinic' OR c.state <> 'held' OR c.commitment_id IS NOT NULL
               WHEN 'refused' THEN b.state = 'released'
               WHEN 'lapsed' THEN b.state IN ('expired', 'released')
               ELSE b.state <> 'held' END""",
    ),
    Invariant(
        name="late_approval_has_somebody",
        sentence="An answer that is late for longer than the grace has somebody who sees to it.",
        sql="""
            SELECT 'approval ' || id FROM brokering_approval
             WHERE state = 'asked' AND answer_by <= %(late)s
               AND (escalated_at IS NULL OR owner_id IS NULL)""",
    ),
)
MESSAGES = (
    Invariant(
        name="message_is_sent_in_time",
        sentence="No message that may be sent waits longer than the grace.",
        # At night nothing is sent, and what came a moment before waits for the morning.
        sql="""
            SELECT 'message ' || id FROM brokering_message
             WHERE state = 'waiting' AND channel <> 'letter' AND not_before <= %(late)s
               AND NOT %(quiet)s""",
    ),
    Invariant(
        name="message_under_way_has_an_end",
        sentence="A message of which nothing is heard is given up in time: none is under way for ever.",
        sql="""
            SELECT 'message ' || id FROM brokering_message
             WHERE state = 'sent' AND channel <> 'letter' AND sent_at <= %(unheard)s""",
    ),
    Invariant(
        name="undelivered_message_is_followed",
        sentence="After a message that did not arrive comes another way, or somebody's task.",
        sql="""
            SELECT 'message ' || m.id FROM brokering_message m
             WHERE m.state = 'failed' AND m.referral_id IS NOT NULL
               AND NOT EXISTS (
                 SELECT FROM brokering_message n
                  WHERE n.patient_id = m.patient_id AND n.id <> m.id AND n.created_at >= m.created_at
                    AND regexp_replace(n.key, ':[^:]*$', '') = regexp_replace(m.key, ':[^:]*$', ''))
               AND NOT EXISTS (
                 SELECT FROM brokering_contacttask t
                  WHERE t.referral_id = m.referral_id AND t.why = 'not_delivered'
                    AND (t.state = 'open' OR t.closed_at >= m.created_at))""",
    ),
    Invariant(
        name="answer_time_starts_at_delivery",
        sentence="The time to answer an offer starts when a message of it is recorded to have arrived.",
        sql="""
            SELECT 'offer ' || o.id FROM brokering_offer o
             WHERE o.state = 'sent' AND o.delivered_at IS DISTINCT FROM (
               SELECT min(m.delivered_at) FROM brokering_message m
                WHERE m.offer_id = o.id AND m.kind IN ('offer_sent', 'offer_reminder')
                  AND m.state = 'delivered' AND m.delivered_at < o.answer_by)
               AND NOT EXISTS (SELECT FROM brokering_message m WHERE m.offer_id = o.id
                                  AND m.state = 'failed' AND m.delivered_at IS NOT NULL)""",
    ),
    Invariant(
        name="offer_keeps_its_place_until_its_end",
        sentence="The place of an open offer is held until its last moment to answer.",
        sql="""
            SELECT 'offer ' || o.id FROM brokering_offer o
              JOIN brokering_booking b ON b.id = o.booking_id JOIN providers_claim c ON c.id = b.claim_id
             WHERE o.state = 'sent' AND o.answer_by > %(now)s
               AND (c.state <> 'held' OR c.held_until < o.answer_by)""",
    ),
)
SHORT_NOTICE = (
    Invariant(
        name="one_yes_for_a_freed_place",
        sentence="A freed place that several were asked about has one yes at most, and then nobody waits.",
        sql="""
            SELECT 'batch ' || b.id FROM brokering_batch b
              JOIN brokering_invitation i ON i.batch_id = b.id
             GROUP BY b.id HAVING count(*) FILTER (WHERE i.state = 'accepted') > 1
                OR b.ended_at IS NULL AND bool_or(i.state = 'accepted')
                OR b.ended_at IS NOT NULL AND bool_or(i.state = 'sent')""",
    ),
    Invariant(
        name="a_yes_has_the_place",
        sentence="Whoever said yes first has that place.",
        sql="""
            SELECT 'invitation ' || i.id FROM brokering_invitation i
              JOIN brokering_batch t ON t.id = i.batch_id
              LEFT JOIN brokering_booking b ON b.id = i.booking_id
              LEFT JOIN providers_claim c ON c.id = b.claim_id
             WHERE i.state = 'accepted'
               AND (c.slot_id IS DISTINCT FROM t.slot_id OR b.referral_id <> i.referral_id
                    OR b.state NOT IN ('booked', 'fulfilled', 'missed', 'cancelled'))""",
    ),
    Invariant(
        name="asking_ends_in_time",
        sentence="Nobody is asked about a freed place past the time to answer for longer than the grace.",
        sql="""
            SELECT 'batch ' || id FROM brokering_batch
             WHERE ended_at IS NULL AND answer_by <= %(late)s""",
    ),
)
WATCHES = (
    Invariant(
        name="watchers_are_told_in_time",
        sentence="What appears of a watched care is looked at within the grace.",
        sql="""
            WITH newest AS (
                SELECT s.care_id, max(greatest(s.published_at, s.opens_at)) AS at FROM providers_slot s
                 WHERE s.state = 'open' AND s.starts_at > %(now)s
                   AND greatest(s.published_at, s.opens_at) <= %(late)s
                   AND s.care_id IN (SELECT care_id FROM brokering_watch WHERE state = 'open')
                   AND NOT EXISTS (SELECT FROM brokering_batch b
                                    WHERE b.slot_id = s.id AND b.ended_at IS NULL)
                 GROUP BY 1)
            SELECT 'watch ' || w.id FROM brokering_watch w JOIN newest n ON n.care_id = w.care_id
             WHERE w.state = 'open' AND w.looked_at < n.at""",
    ),
    Invariant(
        name="watcher_is_told_once",
        sentence="Whoever was told of a place has been told, and is not told again unasked.",
        sql="""
            SELECT 'watch ' || id FROM brokering_watch
             WHERE state = 'told' AND (told_at IS NULL OR told_at < created_at)
                OR state = 'open' AND told_at > looked_at""",
    ),
)
KEYS = (
    Invariant(
        name="key_has_one_answer",
        sentence="Every Idempotency-Key has one outcome, and the outcome is an answer.",
        sql="""
            SELECT 'outcome ' || min(id) FROM accounts_outcome
             GROUP BY principal_id, key
            HAVING count(*) > 1 OR min(status) < 200 OR max(status) >= 500""",
    ),
    Invariant(
        name="answer_tells_of_what_is",
        sentence="A booking of which an answer tells is there, and is of that need and that place.",
        sql="""
            SELECT 'outcome ' || o.id FROM accounts_outcome o
              LEFT JOIN brokering_booking b ON b.id::text = o.body ->> 'id'
              LEFT JOIN providers_claim c ON c.id = b.claim_id
             WHERE o.status BETWEEN 200 AND 299
               AND o.body ?& array['id', 'slot', 'referral', 'held_until', 'receipt']
               AND (b.referral_id::text, c.slot_id::text)
                   IS DISTINCT FROM (o.body ->> 'referral', o.body ->> 'slot')""",
    ),
    Invariant(
        name="old_answers_are_forgotten",
        sentence="No answer is remembered longer than is promised.",
        sql="""
            SELECT 'outcome ' || id FROM accounts_outcome WHERE created_at <= %(forgotten)s""",
    ),
)
PROMISES = (*APPROVALS, *MESSAGES, *SHORT_NOTICE, *WATCHES)
