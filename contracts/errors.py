"""Refusals about a region's referral rules."""

from accounts.errors import Refusal


class RuleOverlaps(Refusal):
    """There is already a rule of the same scope in that period; replace or end it instead."""

    code = "rule_overlaps"


class RuleHasEnded(Refusal):
    """The rule has already got a last day; add a new rule instead."""

    code = "rule_has_ended"


class EndsTooEarly(Refusal):
    """The last day lies too far before the first; the day before the first takes a rule back."""

    code = "rule_ends_too_early"
    status = 422


class BeginsTooEarly(Refusal):
    """A rule that replaces another must begin after it."""

    code = "rule_begins_too_early"
    status = 422


class DeclarationOverlaps(Refusal):
    """The region's rules are already declared complete in that period."""

    code = "declaration_overlaps"


class DeclarationHasEnded(Refusal):
    """The declaration has already got a last day."""

    code = "declaration_has_ended"


class UnfitFile(Refusal):
    """Nothing was read in: some lines of the file cannot be saved."""

    code = "rules_file_unfit"
    status = 422
