"""Refusals of searching, holding, booking, offering and rerouting."""

from accounts.errors import Fault, NextStep, NotAllowed, Refusal, UnreadableBody


class SlotTaken(Refusal):
    """Someone else took this time just before you."""

    code = "slot_taken"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class SlotWithdrawn(Refusal):
    """The clinic has withdrawn this time."""

    code = "slot_withdrawn"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class SlotPast(Refusal):
    """This time has already begun."""

    code = "slot_past"
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class PlaceOutdated(Refusal):
    """The clinic has not said for too long that this time still is free."""

    code = "place_outdated"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class GivenTogether(Refusal):
    """This need is given together with another: both times are held at once, or none."""

    code = "given_together"
    status = 422
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class NotInOrder(Refusal):
    """Two times that are given together lie at one clinic, the second after the first."""

    code = "not_in_order"
    status = 422
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class NoFollowOn(Refusal):
    """The clinic has no free time for what follows."""

    code = "no_follow_on"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class KeptTimeGone(Refusal):
    """The other of two times cannot stay: it is no longer booked, has begun, or is to be moved as well."""

    code = "kept_time_gone"
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class RoundInputOutdated(Refusal):
    """What was stored of this round has the form of an earlier release: it cannot be solved again."""

    code = "round_input_outdated"
    fault = Fault.RECEIVER


class TimeAlreadyNamed(Refusal):
    """The patient has been told a time; another one would be another booking."""

    code = "time_already_named"


class OutsideTheWeek(Refusal):
    """The time must lie in the week that the patient has booked, and last at most a day."""

    code = "outside_the_week"
    status = 422


class PlaceNotHoldable(Refusal):
    """A check found that this time cannot be booked by anyone."""

    code = "place_not_holdable"
    fault = Fault.RECEIVER
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class NotReleased(Refusal):
    """This time is first offered to those with the greatest need; it opens to everyone later."""

    code = "not_released"
    fault = Fault.RECEIVER
    next_step = NextStep.WAIT_FOR_THE_RELEASE


class KeptForOwnRegions(Refusal):
    """The clinic keeps this time for the regions of its agreement; it opens to others later."""

    code = "kept_for_own_regions"
    fault = Fault.RECEIVER
    next_step = NextStep.WAIT_FOR_THE_RELEASE


class OutsideWishes(Refusal):
    """The time lies outside what the patient has said; ask, and note what they say first."""

    code = "outside_wishes"
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class NotBookable(Refusal):
    """The rules or the agreement do not allow this booking; the reasons are given."""

    code = "not_bookable"
    next_step = NextStep.READ_THE_REASONS


class HoldLapsed(Refusal):
    """The time you held has run out; nothing was booked."""

    code = "hold_lapsed"
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class AlreadyExtended(Refusal):
    """The time you hold can be made longer once, and that has been done."""

    code = "already_extended"


class TooManyHolds(Refusal):
    """You hold as many times as one may hold at once; confirm or release one of them first."""

    code = "too_many_holds"
    next_step = NextStep.GIVE_A_HOLD_UP


class CancelTooLate(Refusal):
    """It is too late to cancel or change this time yourself; call the clinic."""

    code = "cancel_too_late"
    next_step = NextStep.CONTACT_THE_CLINIC


class AwaitsApproval(Refusal):
    """Somebody must approve this time first; it is kept for you meanwhile."""

    code = "awaits_approval"
    fault = Fault.RECEIVER
    next_step = NextStep.WAIT_FOR_THE_ANSWER


class ApprovalRefused(Refusal):
    """Your region has not approved this time; nothing is booked."""

    code = "approval_refused"
    fault = Fault.RECEIVER
    next_step = NextStep.CONTACT_THE_REGION


class ApprovalLapsed(Refusal):
    """Your region did not answer in time; nothing is booked, and the region must contact you."""

    code = "approval_lapsed"
    fault = Fault.RECEIVER
    next_step = NextStep.CONTACT_THE_REGION


class TooLateToAsk(Refusal):
    """There is no time left to ask for approval before this visit."""

    code = "too_late_to_ask"
    next_step = NextStep.CHOOSE_ANOTHER_PLACE


class ConsequenceNotSeen(Refusal):
    """Before choosing another region yourself you must see what happens to your guarantee."""

    code = "consequence_not_seen"
    next_step = NextStep.READ_THE_CONSEQUENCE


class WrongState(Refusal):
    """This can no longer be done; look at how it stands now."""

    code = "wrong_state"


class AlreadyAnswered(WrongState):
    """Somebody has already answered this question, or it has ended; `answer` says how.

    `answer` is a state of an approval, `reason` the code of a no, `answered_at` when.
    """

    code = "already_answered"


class ReasonNotForYou(Refusal):
    """There is no such reason to cancel, or it is somebody else's to give."""

    code = "reason_not_for_you"
    status = 422


class CommitmentUsed(Refusal):
    """The home region's approval is missing, used up or no longer valid."""

    code = "commitment_used"
    fault = Fault.RECEIVER
    next_step = NextStep.CONTACT_THE_REGION


class AlreadyOffered(Refusal):
    """There is already an open offer or a held time for this referral."""

    code = "already_offered"


class OfferLapsed(Refusal):
    """The last day to answer this offer has passed; your place in the queue is kept."""

    code = "offer_lapsed"
    next_step = NextStep.NOTHING


TOO_LATE = (OfferLapsed, HoldLapsed, SlotWithdrawn, SlotTaken, SlotPast)
"""What a yes to an offer or a question meets when the place is gone: another place may do."""


class NoStands(Refusal):
    """It is too late to take this no back; your place in the queue is kept."""

    code = "no_stands"


class NotRefraining(Refusal):
    """No refusal of yours keeps the days of the guarantee from counting."""

    code = "not_refraining"


class RerouteNotPossible(Refusal):
    """A reroute needs a running visit or treatment guarantee in your own region."""

    code = "reroute_not_possible"
    next_step = NextStep.READ_THE_REASONS


class NeedNotConfirmed(Refusal):
    """The wait is so long that the person must first be asked whether the care is still needed."""

    code = "need_not_confirmed"
    next_step = NextStep.ASK_THE_PATIENT


class PatientUnknown(Refusal):
    """Nobody with this number is known where you may refer from."""

    code = "patient_unknown"
    status = 404
    next_step = NextStep.CORRECT_THE_REQUEST


class AlreadyDecided(Refusal):
    """The decision to give this care is registered already."""

    code = "already_decided"
    next_step = NextStep.NOTHING


class NotATreatment(Refusal):
    """A decision starts the treatment guarantee: this care has none."""

    code = "not_a_treatment"
    status = 422


class VisitNotBegun(Refusal):
    """The visit has not begun: nobody can say yet whether the patient came."""

    code = "visit_not_begun"
    next_step = NextStep.WAIT_AND_SEND_AGAIN


class CorrectionTooLate(Refusal):
    """A report can be corrected on the day it was made, not later."""

    code = "correction_too_late"


class ClinicReportsFirst(NotAllowed):
    """Whether the patient came is the clinic's to say; the home region may where it has long been silent."""

    code = "clinic_reports_first"


class MissingField(Refusal):
    """The question lacks a field that it needs."""

    code = "missing_field"
    status = 422


class InvalidValue(Refusal):
    """A field of the question has a value that it cannot have."""

    code = "invalid_value"
    status = 422


class UnknownCare(Refusal):
    """The care is not in the catalogue."""

    code = "unknown_care"
    status = 422


class DerivedFromReferral(Refusal):
    """A search for a need was also told what is known of that need here."""

    code = "derived_from_referral"
    status = 422


class RouteContradicted(Refusal):
    """The route contradicts the regions."""

    code = "route_mismatch"
    status = 422


class NotAnObject(UnreadableBody):
    """The request holds no JSON object."""


class TooManyQuestions(Refusal):
    """There are too many questions in one request."""

    code = "too_many_questions"
    status = 413


class BadAddress(Refusal):
    """Nothing can be sent to this address; check it."""

    code = "bad_address"
    status = 422


class ChannelMissing(Refusal):
    """This way to be reached does not exist here."""

    code = "channel_missing"


class ReceiptNotSigned(Refusal):
    """The receipt is not signed with the shared secret, or not just now."""

    code = "receipt_not_signed"
    status = 401
