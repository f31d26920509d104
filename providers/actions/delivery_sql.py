"""The statements of a delivery. Each is told the delivery, its tenant and feed, and the moment."""

COPY = """
COPY providers_stagedslot
    (delivery_id, index, clinic_id, care_code, form, starts_at, ends_at, source_key, mode, problem)
FROM STDIN
"""

CLINICS = """
SELECT DISTINCT clinic_id FROM providers_stagedslot
 WHERE delivery_id = %(delivery)s AND problem = '' AND clinic_id IS NOT NULL
UNION SELECT clinic_id FROM providers_slot WHERE feed_id = %(feed)s AND state = 'open'
"""

IN_RESTRICTED_PERIOD = """EXISTS (
    SELECT 1 FROM providers_capacityrestriction AS closed
     WHERE closed.clinic_id = staged.clinic_id AND closed.state = 'in_force'
       AND (closed.care_id IS NULL OR closed.care_id = staged.care_code)
       AND closed.begins_at < staged.ends_at AND closed.ends_at > staged.starts_at)"""

IN_SERIOUS_EVENT = """EXISTS (
    SELECT 1 FROM providers_seriousevent AS event
     WHERE event.region_id = place.region_id AND event.ended_at IS NULL)"""

MODE = "coalesce(nullif(staged.mode, ''), 'on_site')"
"""What nothing is said of is at the clinic."""

# A row is judged by itself first (`refusal`); rows that pass and share a source key then follow each other
# as single places would: the first one makes or reopens the place, the others find it there.
# Fates find their rows by address (ctid): joined by id, they could be compared each with every other, for of
# rows that have just come the planner may know nothing. The lock on the delivery keeps the addresses true.
JUDGE = f"""
WITH row AS MATERIALIZED (
    SELECT staged.ctid AS address, staged.index, staged.clinic_id, staged.care_code,
           staged.starts_at, staged.ends_at, staged.source_key,
           coalesce(nullif(staged.form, ''), care.form) AS given_as, {MODE} AS mode,
           CASE
               WHEN staged.problem <> '' THEN staged.problem
               WHEN clinic.id IS NULL THEN 'not_found'
               WHEN clinic.tenant_id <> %(tenant)s THEN 'not_allowed'
               WHEN care.code IS NULL THEN 'care_not_offered'
               WHEN staged.form = '' AND care.form = 'inpatient_or_day' THEN 'form_missing'
               WHEN staged.form <> '' AND staged.form <> care.form
                    AND NOT (care.form = 'inpatient_or_day' AND staged.form IN ('open', 'inpatient'))
                    THEN 'form_does_not_fit'
               WHEN {MODE} NOT IN ('on_site', 'video')
                    OR {MODE} <> 'on_site'
                       AND coalesce(nullif(staged.form, ''), care.form) = 'inpatient'
                    THEN 'mode_does_not_fit'
               WHEN staged.ends_at <= staged.starts_at THEN 'time_out_of_order'
               WHEN staged.starts_at <= %(now)s THEN 'time_passed'
               WHEN {IN_RESTRICTED_PERIOD} THEN 'restricted_period'
               WHEN {IN_SERIOUS_EVENT} THEN 'serious_event'
               ELSE ''
           END AS refusal
      FROM providers_stagedslot AS staged
      LEFT JOIN providers_clinic AS clinic ON clinic.id = staged.clinic_id
      LEFT JOIN providers_municipality AS place ON place.code = clinic.municipality_id
      LEFT JOIN providers_clinic_cares AS offered
             ON offered.clinic_id = staged.clinic_id AND offered.care_id = staged.care_code
      LEFT JOIN providers_care AS care ON care.code = offered.care_id
     WHERE staged.delivery_id = %(delivery)s
), named AS (
    SELECT row.*, known.id AS known_id, known.state AS known_state,
           (known.care_id, known.form, known.mode, known.starts_at, known.ends_at)
               = (row.care_code, row.given_as, row.mode, row.starts_at, row.ends_at) AS is_known
      FROM row
      LEFT JOIN providers_slot AS known ON known.clinic_id = row.clinic_id
            AND known.source_key = row.source_key AND known.source_key <> ''
     WHERE row.refusal = '' AND row.source_key <> ''
), following AS (
    SELECT named.*, row_number() OVER same_key AS place,
           coalesce(known_id, first_value(gen_random_uuid()) OVER same_key) AS slot_id,
           coalesce(is_known, (care_code, given_as, mode, starts_at, ends_at) = (
               first_value(care_code) OVER same_key, first_value(given_as) OVER same_key,
               first_value(mode) OVER same_key,
               first_value(starts_at) OVER same_key, first_value(ends_at) OVER same_key)) AS is_same
      FROM named
    WINDOW same_key AS (PARTITION BY clinic_id, source_key, is_known ORDER BY index)
), judged AS (
    SELECT address, NULL AS form, refusal AS outcome, NULL::uuid AS slot_id
      FROM row WHERE refusal <> ''
    UNION ALL
    SELECT address, given_as, 'created', gen_random_uuid()
      FROM row WHERE refusal = '' AND source_key = ''
    UNION ALL
    SELECT address, CASE WHEN is_same THEN given_as END,
           CASE WHEN NOT is_same THEN 'source_key_taken'
                WHEN place > 1 OR known_state = 'open' THEN 'unchanged'
                WHEN known_id IS NULL THEN 'created'
                ELSE 'reopened' END,
           CASE WHEN is_same THEN slot_id END
      FROM following
)
UPDATE providers_stagedslot AS staged
   SET outcome = judged.outcome, slot_id = judged.slot_id, form = coalesce(judged.form, staged.form)
  FROM judged WHERE staged.ctid = judged.address
"""

COUNTS = """
SELECT outcome, count(*) FROM providers_stagedslot
 WHERE delivery_id = %(delivery)s GROUP BY outcome ORDER BY outcome
"""

OPENS_AT = """CASE WHEN staged.starts_at - %(now)s < %(short_notice)s THEN %(now)s
     ELSE least(%(now)s + clinic.release_after, staged.starts_at) END"""

PUBLISH = f"""
INSERT INTO providers_slot (id, clinic_id, care_id, form, mode, starts_at, ends_at, state, published_at,
                            opens_at, confirmed_at, source_key, feed_id, delivery_id, synthetic)
SELECT staged.slot_id, staged.clinic_id, staged.care_code, staged.form, {MODE}, staged.starts_at,
       staged.ends_at, 'open', %(now)s, {OPENS_AT}, %(now)s, staged.source_key, %(feed)s, %(delivery)s,
       clinic.synthetic
  FROM providers_stagedslot AS staged
  JOIN providers_clinic AS clinic ON clinic.id = staged.clinic_id
 WHERE staged.delivery_id = %(delivery)s AND staged.outcome = 'created'
"""

REOPEN = f"""
UPDATE providers_slot AS slot
   SET state = 'open', published_at = %(now)s, opens_at = {OPENS_AT}, confirmed_at = %(now)s,
       feed_id = coalesce(%(feed)s, slot.feed_id), delivery_id = %(delivery)s,
       restriction_id = NULL, event_id = NULL, hidden_why = ''
  FROM providers_stagedslot AS staged
  JOIN providers_clinic AS clinic ON clinic.id = staged.clinic_id
 WHERE staged.delivery_id = %(delivery)s AND staged.outcome = 'reopened' AND slot.id = staged.slot_id
"""

# To send a place again is to say that it is still there. A feed says it by having been read, so its own
# places are not touched.
CONFIRM = """
UPDATE providers_slot AS slot
   SET confirmed_at = %(now)s, feed_id = coalesce(%(feed)s, slot.feed_id)
  FROM providers_stagedslot AS staged
 WHERE staged.delivery_id = %(delivery)s AND staged.outcome = 'unchanged' AND slot.id = staged.slot_id
   AND (%(feed)s::uuid IS NULL OR slot.feed_id IS DISTINCT FROM %(feed)s)
   AND slot.confirmed_at < %(now)s
"""

PUBLISHED = """
SELECT clinic_id, care_code, count(*) FROM providers_stagedslot
 WHERE delivery_id = %(delivery)s AND outcome IN ('created', 'reopened')
 GROUP BY clinic_id, care_code ORDER BY clinic_id, care_code
"""

# NOT IN, because its list is hashed whatever the planner expects of rows that have just come.
LOCK_GONE = """
SELECT slot.id FROM providers_slot AS slot
 WHERE slot.feed_id = %(feed)s AND slot.state = 'open' AND slot.starts_at > %(now)s
   AND slot.id NOT IN (
       SELECT staged.slot_id FROM providers_stagedslot AS staged
        WHERE staged.delivery_id = %(delivery)s AND staged.slot_id IS NOT NULL)
 ORDER BY slot.id FOR UPDATE OF slot
"""

WITHDRAW = """
WITH gone AS (
    SELECT slot.id, slot.clinic_id, slot.care_id, claim.state AS claim
      FROM providers_slot AS slot
      LEFT JOIN providers_claim AS claim ON claim.slot_id = slot.id AND (claim.state = 'confirmed'
            OR claim.state = 'held' AND claim.held_until > least(%(now)s, clock_timestamp()))
     WHERE slot.id = ANY(%(slots)s)
), withdrawn AS (
    UPDATE providers_slot AS slot SET state = 'withdrawn', confirmed_at = %(now)s
      FROM gone WHERE slot.id = gone.id AND gone.claim IS NULL
)
SELECT CASE claim WHEN 'confirmed' THEN 'place_booked' WHEN 'held' THEN 'place_held' ELSE 'withdrawn' END,
       clinic_id, care_id
  FROM gone
"""

DISCARD = "DELETE FROM providers_stagedslot WHERE delivery_id = %(delivery)s"
