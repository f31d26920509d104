"""What must hold of all rows together, whatever happened: one question to the database for each sentence."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connections, transaction

from brokering.messaging.timing import Quiet
from brokering.selectors.invariant import Invariant
from brokering.selectors.places import swedish_day
from brokering.selectors.promises import KEYS, PROMISES

OWNER = "owner"
"""Sees every tenant's rows."""
GRACE = timedelta(minutes=2)
"""How long what ran out may wait for the sweeper (every 20 seconds), and a change for its number."""
UPKEEP = timedelta(hours=7)
"""How long what is tidied seldom (every ten minutes, every six hours) may wait."""
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An invariant that does not hold: how many rows break it, and the first of them."""

    invariant: Invariant
    count: int
    examples: tuple[str, ...]


PLACES = (
    Invariant(
        name="one_claim_per_place",
        sentence="No place is occupied twice.",
        sql="""
            SELECT 'slot ' || slot_id FROM providers_claim WHERE state IN ('held', 'confirmed')
             GROUP BY slot_id HAVING count(*) > 1""",
    ),
    Invariant(
        name="withdrawn_place_is_free",
        sentence="Nobody has a place that the clinic has taken back.",
        sql="""
            SELECT 'claim ' || c.id FROM providers_claim c JOIN providers_slot s ON s.id = c.slot_id
             WHERE s.state = 'withdrawn'
               AND (c.state = 'confirmed' OR c.state = 'held' AND c.held_until > %(now)s)""",
    ),
    Invariant(
        name="occupied_place_has_its_booking",
        sentence="Whoever occupies a place is known: it has a booking, or is a hold that still runs.",
        sql="""
            SELECT 'claim ' || c.id FROM providers_claim c
             WHERE (c.state = 'confirmed' OR c.state = 'held' AND c.held_until <= %(now)s)
               AND NOT EXISTS (SELECT 1 FROM brokering_booking b WHERE b.claim_id = c.id)""",
    ),
    Invariant(
        name="booking_agrees_with_its_place",
        sentence="A booking says what its place says; what ran out is tidied within the grace.",
        sql="""
            SELECT 'booking ' || b.id FROM brokering_booking b JOIN providers_claim c ON c.id = b.claim_id
             WHERE NOT CASE b.state
               WHEN 'held' THEN c.state = 'held' OR c.ended_why = 'lapsed' AND c.held_until > %(late)s
               WHEN 'booked' THEN c.state = 'confirmed'
               WHEN 'fulfilled' THEN c.ended_why = 'fulfilled'
               WHEN 'missed' THEN c.ended_why = 'missed'
               WHEN 'cancelled' THEN c.ended_why IN ('cancelled', 'taken_back')
               WHEN 'released' THEN c.ended_why IN ('released', 'lapsed')
               WHEN 'expired' THEN c.ended_why = 'lapsed' OR c.state = 'held' AND c.held_until > %(late)s
               ELSE false END""",
    ),
    Invariant(
        name="no_hold_past_its_end",
        sentence="No hold occupies its place past its end for longer than the grace.",
        sql="""
            SELECT 'claim ' || id FROM providers_claim
             WHERE state = 'held' AND held_until <= %(late)s""",
    ),
)
CHAINS = (
    Invariant(
        name="no_half_chain_is_active",
        sentence="Two times that are given together are held or booked both, until the first visit begins.",
        sql="""
            SELECT 'chain ' || one.chain
              FROM brokering_booking one JOIN brokering_referral lead ON lead.id = one.referral_id
              JOIN brokering_referral r ON r.follows_id = lead.id
              JOIN providers_claim c ON c.id = one.claim_id JOIN providers_slot s ON s.id = c.slot_id
              LEFT JOIN brokering_booking two ON two.chain = one.chain AND two.referral_id = r.id
             WHERE one.chain IS NOT NULL AND two.state IS DISTINCT FROM one.state
               AND (one.state IN ('held', 'booked') OR two.state IN ('held', 'booked'))
               AND one.state NOT IN ('fulfilled', 'missed') AND s.starts_at > %(now)s
               AND lead.state <> 'closed' AND r.state <> 'closed'""",
    ),
    Invariant(
        name="linked_needs_have_no_time_alone",
        sentence="Of two open needs neither has a time by itself, taken before the first visit began.",
        sql="""
            SELECT 'booking ' || b.id FROM brokering_booking b
              JOIN brokering_referral r ON r.id = b.referral_id
              JOIN brokering_referral o ON o.id = r.follows_id OR o.follows_id = r.id
             WHERE b.state IN ('held', 'booked') AND b.chain IS NULL
               AND r.state <> 'closed' AND o.state <> 'closed'
               AND NOT EXISTS (
                SELECT FROM brokering_booking v JOIN providers_claim c ON c.id = v.claim_id
                  JOIN providers_slot s ON s.id = c.slot_id
                 WHERE v.referral_id IN (r.id, o.id) AND v.referral_id IN (r.follows_id, o.follows_id)
                   AND v.chain IS NOT NULL AND v.state IN ('booked', 'fulfilled', 'missed')
                   AND s.starts_at <= b.created_at)""",
    ),
)
COUNTS = (
    Invariant(
        name="caps_count_what_is_reserved",
        sentence="What is used of a cap is what is reserved of it, and never more than agreed.",
        sql="""
            SELECT 'cap use ' || u.id FROM contracts_capuse u
              LEFT JOIN contracts_reservation r ON r.use_id = u.id
             GROUP BY u.id HAVING u.used <> count(r.id) OR u.used > u."limit" """,
    ),
    Invariant(
        name="reservations_are_of_visits",
        sentence="Of a cap only a claim reserves that stands or led to a visit.",
        sql="""
            SELECT 'reservation ' || r.id FROM contracts_reservation r
              JOIN providers_claim c ON c.id = r.claim_id
             WHERE c.state = 'ended' AND c.ended_why NOT IN ('fulfilled', 'missed')""",
    ),
    Invariant(
        name="commitments_count_their_claims",
        sentence="What is used of a payer's commitment is what claims use of it, and never more.",
        sql="""
            SELECT 'commitment ' || p.id FROM brokering_paymentcommitment p
              LEFT JOIN providers_claim c ON c.commitment_id = p.id
               AND (c.state <> 'ended' OR c.ended_why IN ('fulfilled', 'missed'))
             GROUP BY p.id HAVING p.uses <> count(c.id) OR p.uses > p.uses_max""",
    ),
)
NEEDS = (
    Invariant(
        name="need_agrees_with_its_bookings",
        sentence="A need is booked while it has one booking, offered while it has one open offer.",
        sql="""
            SELECT 'referral ' || r.id FROM brokering_referral r
              LEFT JOIN (SELECT referral_id, count(*) AS count FROM brokering_booking
                          WHERE state = 'booked' GROUP BY 1) booked ON booked.referral_id = r.id
              LEFT JOIN (SELECT referral_id, count(*) AS count FROM brokering_offer
                          WHERE state = 'sent' GROUP BY 1) sent ON sent.referral_id = r.id
             WHERE coalesce(booked.count, 0) <> (r.state = 'booked')::int
                OR coalesce(sent.count, 0) <> (r.state = 'offered')::int""",
    ),
    Invariant(
        name="offer_agrees_with_its_place",
        sentence="An open offer keeps its place, a yes has one, and no other answer has.",
        sql="""
            SELECT 'offer ' || o.id FROM brokering_offer o JOIN brokering_booking b ON b.id = o.booking_id
             WHERE NOT CASE o.state
               WHEN 'sent' THEN b.state = 'held'
               WHEN 'accepted' THEN b.state IN ('booked', 'fulfilled', 'missed', 'cancelled')
               ELSE b.state IN ('released', 'expired') END""",
    ),
    Invariant(
        name="offered_need_has_its_date",
        sentence="Who has an offer has the patient to wait for, until a moment that has not passed.",
        sql="""
            SELECT 'offer ' || id FROM brokering_offer WHERE state = 'sent' AND answer_by <= %(late)s""",
    ),
    Invariant(
        name="booked_need_has_its_clinic",
        sentence="Who has a time has a clinic that answers for it.",
        sql="""
            SELECT 'referral ' || id FROM brokering_referral
             WHERE state = 'booked' AND addressed_to_id IS NULL""",
    ),
    Invariant(
        name="waiting_need_has_somebody",
        sentence="Somebody of the responsible region can take care of every need that waits.",
        sql="""
            SELECT 'referral ' || r.id FROM brokering_referral r
             WHERE r.state IN ('waiting', 'offered') AND NOT EXISTS (
                SELECT 1 FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
                 WHERE m.tenant_id = r.tenant_id AND u.is_active
                   AND m.role IN ('navigator', 'region_administrator')
                   AND m.valid_from <= %(today)s::date
                   AND (m.valid_to IS NULL OR m.valid_to >= %(today)s::date))""",
    ),
    Invariant(
        name="open_has_owner",
        sentence="What is open for a need has an owner who acts for its region, where anybody does.",
        sql="""
            WITH acting AS (
                SELECT m.tenant_id, m.user_id FROM accounts_membership m
                  JOIN accounts_user u ON u.id = m.user_id
                 WHERE u.is_active AND m.role IN ('navigator', 'region_administrator')
                   AND m.valid_from <= %(today)s::date
                   AND (m.valid_to IS NULL OR m.valid_to >= %(today)s::date)),
            opened AS (
                SELECT 'case ' || id AS row, tenant_id, owner_id FROM brokering_reroutecase
                 WHERE state = 'open'
                UNION ALL
                SELECT 'rebooking ' || id, tenant_id, owner_id FROM brokering_rebookingtask
                 WHERE state = 'open'
                UNION ALL
                SELECT 'contact ' || id, tenant_id, owner_id FROM brokering_contacttask
                 WHERE state = 'open'
                UNION ALL
                SELECT 'approval ' || id, tenant_id, owner_id FROM brokering_approval
                 WHERE state = 'asked' AND owner_id IS NOT NULL)
            SELECT row FROM opened o
             WHERE EXISTS (SELECT 1 FROM acting a WHERE a.tenant_id = o.tenant_id)
               AND NOT EXISTS (SELECT 1 FROM acting a
                                WHERE a.tenant_id = o.tenant_id AND a.user_id = o.owner_id)""",
    ),
    Invariant(
        name="waiting_need_has_its_date",
        sentence="Every need that waits has a day on which it is looked at, and that day has not passed.",
        sql="""
            SELECT 'referral ' || id FROM brokering_referral
             WHERE state IN ('waiting', 'offered') AND look_on < %(today)s::date - 1""",
    ),
    Invariant(
        name="turns_are_of_those_who_wait",
        sentence="Whoever waits and may be matched has a turn that says what the need says; nobody else.",
        sql="""
            SELECT 'turn ' || need_key FROM brokering_turn t FULL JOIN (
                SELECT need_key, care_id AS care, priority AS class,
                       coalesce(decided_on, issued_on, contact_on) AS first
                  FROM brokering_referral
                 WHERE state = 'waiting' AND priority IS NOT NULL AND home_region_id IS NOT NULL
                ) r USING (need_key)
             WHERE (t.care_id, t.priority, t.since) IS DISTINCT FROM (r.care, r.class, r.first)""",
    ),
)
TOLD = (
    Invariant(
        name="outbox_without_gaps",
        sentence="The changes of a topic are numbered to its last number, none missing and none twice.",
        # Changes are forgotten after seven days, by age: at that edge a number may be missing.
        sql="""
            WITH kept AS (
                SELECT topic, min(number) AS first FROM accounts_change
                 WHERE number IS NOT NULL AND written_at > %(now)s - interval '6 days' GROUP BY topic)
            SELECT 'topic ' || k.topic FROM kept k
              JOIN accounts_change c ON c.topic = k.topic AND c.number >= k.first
              LEFT JOIN accounts_topic t ON t.name = k.topic
             GROUP BY k.topic, k.first, t.last_number
            HAVING max(c.number) IS DISTINCT FROM t.last_number
                OR count(*) <> max(c.number) - k.first + 1
                OR count(DISTINCT c.number) <> count(*)""",
    ),
    Invariant(
        name="outbox_numbered_in_time",
        sentence="No change waits for its number longer than the grace.",
        sql="""
            SELECT 'change ' || id FROM accounts_change
             WHERE number IS NULL AND written_at <= %(late)s""",
    ),
)
LEDGER = (
    Invariant(
        name="given_places_are_looked_at",
        sentence="Every place that was given has been looked at: whom it went past, and why.",
        sql="""
            SELECT 'booking ' || b.id FROM brokering_givenplace g
              JOIN brokering_booking b ON b.id = g.booking_id
             WHERE b.created_at <= %(late)s - interval '15 minutes'""",
    ),
    Invariant(
        name="bypass_has_its_reason",
        sentence="Every place that went past somebody says why, or a person has said it.",
        sql="""
            SELECT 'claim ' || claim_id FROM brokering_bypass
             WHERE code = 'unexplained' AND settled_code = '' """,
    ),
)
INVARIANTS = (*PLACES, *CHAINS, *COUNTS, *NEEDS, *PROMISES, *TOLD, *LEDGER, *KEYS)


def broken(*, now: datetime, grace: timedelta = GRACE, examples: int = 5) -> list[Finding]:
    """The invariants that do not hold, all asked of one snapshot of every tenant's rows.

    Writes nothing. `examples`: how many rows of each are named, by kind and id.
    """
    known = moments(now, grace)
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(SNAPSHOT)
        found = []
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql, known)
            rows = [row[0] for row in cursor.fetchall()]
            if rows:
                named = tuple(sorted(rows)[:examples])
                found.append(Finding(invariant=invariant, count=len(rows), examples=named))
        return found


def moments(now: datetime, grace: timedelta) -> dict[str, date | bool]:
    """What a question may name.

    `today`: as Sweden has it; `late`: what was due before has waited too long; `quiet`: nobody is sent
    anything now, or was not a moment ago; `unheard`: what was sent before must have been given up;
    `forgotten`: nothing older is kept.
    """
    night, late = Quiet(settings.QUIET_BEGINS, settings.QUIET_ENDS), now - grace
    return {
        "now": now,
        "today": swedish_day(now),
        "late": late,
        "quiet": night.holds(now) or night.holds(late),
        "unheard": late - settings.RECEIPT_WAIT - UPKEEP,
        "forgotten": late - settings.OUTCOME_KEPT - UPKEEP,
    }
