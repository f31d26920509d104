"""On what terms: agreements with all that belongs to them, caps, prices, release and referral rules."""

from contracts.models.agreements import Agreement, Lot, PriceLine
from contracts.models.caps import Cap, CapUse, Reservation
from contracts.models.changes import TermsChange
from contracts.models.designations import Designation
from contracts.models.register import Adoption, FollowOn, OptionStep, Party, SourceDocument
from contracts.models.release import OfferPolicy, RegionQuota, ReleasePolicy
from contracts.models.rules import ReferralRule, RuleCompleteness

__all__ = [
    "Adoption",
    "Agreement",
    "Cap",
    "CapUse",
    "Designation",
    "FollowOn",
    "Lot",
    "OfferPolicy",
    "OptionStep",
    "Party",
    "PriceLine",
    "ReferralRule",
    "RegionQuota",
    "ReleasePolicy",
    "Reservation",
    "RuleCompleteness",
    "SourceDocument",
    "TermsChange",
]
