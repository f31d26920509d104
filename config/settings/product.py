"""The product's own settings: how long things are held, how fresh they must be."""

from datetime import timedelta

from config.settings.environment import DEBUG, number

HOLD_LENGTH = timedelta(minutes=number("HOLD_MINUTES", 10))
"""How long a click keeps a place while the person reads and confirms."""
OFFER_LENGTH = timedelta(hours=number("OFFER_HOURS", 72))
"""How long an offer keeps its place until the patient answers."""
OUTCOME_KEPT = timedelta(days=7)
"""How long the outcome of an Idempotency-Key can be looked up."""
FRESHNESS_PROMISED = timedelta(minutes=number("FRESHNESS_MINUTES", 60 * 24 * 7))
"""Default promise of a publisher who states none: older information is demoted, then withdrawn."""
DEMO_LOGINS_SHOWN = DEBUG
