"""On what terms: agreements, lots, caps, prices and referral rules."""

from contracts.models.agreements import Agreement, Lot, LotUse, PriceLine
from contracts.models.rules import ReferralRule, RuleCompleteness

__all__ = ["Agreement", "Lot", "LotUse", "PriceLine", "ReferralRule", "RuleCompleteness"]
