"""Refusals about a region's referral rules and about agreements."""

from accounts.errors import NextStep, Refusal


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


class WrongAgreementState(Refusal):
    """The agreement stands where this cannot be done."""

    code = "agreement_wrong_state"


class NotALegalPerson(Refusal):
    """A cooperation region is no legal person: each region signs for itself."""

    code = "not_a_legal_person"
    status = 422


class AuthorityNotCited(Refusal):
    """A kommunalförbund signs for regions by a decision that must be cited, and for two at least."""

    code = "authority_not_cited"
    status = 422


class UnfitAgreement(Refusal):
    """Something in the agreement is missing or wrong; nothing was saved."""

    code = "agreement_unfit"
    status = 422


class NobodySigns(Refusal):
    """Say first who signs for the buyers."""

    code = "nobody_signs"
    next_step = NextStep.DO_THAT_FIRST


class NothingAgreed(Refusal):
    """The agreement has no lot for which the seller qualified."""

    code = "nothing_agreed"


class AwardNotSent(Refusal):
    """The award of a lot has not been sent out, or it is not known how long its standstill is."""

    code = "award_not_sent"
    next_step = NextStep.DO_THAT_FIRST


class StandstillRuns(Refusal):
    """Nothing is signed while the standstill of a lot runs."""

    code = "standstill_runs"
    next_step = NextStep.WAIT_AND_SEND_AGAIN


class SignatureGiven(Refusal):
    """It has been signed already."""

    code = "signature_given"
    next_step = NextStep.NOTHING


class NotThatDay(Refusal):
    """This cannot be done on that day."""

    code = "not_that_day"
    status = 422


class NoOptionLeft(Refusal):
    """There is no option left to use."""

    code = "no_option_left"


class OptionTooLate(Refusal):
    """The option had to be used earlier."""

    code = "option_too_late"


class BeyondMaximum(Refusal):
    """The options may not take the agreement beyond its last day at most."""

    code = "beyond_maximum"


class RunsUntilFurtherNotice(Refusal):
    """The agreement has no last day to extend."""

    code = "runs_until_further_notice"
    next_step = NextStep.NOTHING


class AnotherAgreement(Refusal):
    """Other parties, another regime or another reference make another agreement, not an amendment."""

    code = "another_agreement"
    status = 422


class NotJoint(Refusal):
    """Only a region that buys under a joint agreement decides to be bound by it."""

    code = "not_joint"


class AlreadyAdopted(Refusal):
    """The region is bound by the agreement already."""

    code = "already_adopted"
    next_step = NextStep.NOTHING


class UnreadableAgreements(Refusal):
    """The file cannot be read as agreements; nothing was saved."""

    code = "agreements_unreadable"
    status = 422


class OpenCareIsEveryones(Refusal):
    """Open care is given on the same terms to everyone: no time can be kept for one's own patients."""

    code = "open_care_is_everyones"
    status = 422


class OfferPolicyBeginsTooEarly(Refusal):
    """How patients are asked cannot be decided for a day that has passed."""

    code = "offer_policy_begins_too_early"
    status = 422


class OfferPolicyDecidedMeanwhile(Refusal):
    """Somebody else of the region decided the same at the same moment; look at it and decide again."""

    code = "offer_policy_decided_meanwhile"


class AlreadyDesignated(Refusal):
    """This clinic is designated for the care already; end that first."""

    code = "already_designated"


class DesignationHasEnded(Refusal):
    """This designation has its last day already."""

    code = "designation_has_ended"
