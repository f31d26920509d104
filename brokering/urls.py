"""Addresses of brokering, by who uses them."""

from django.urls import path

from brokering.api import approvals as approvals_api
from brokering.api import bookings as api
from brokering.api import closing as closing_api
from brokering.api import contact as contact_api
from brokering.api import earlier as earlier_api
from brokering.api import events as events_api
from brokering.api import offers as offers_api
from brokering.api import referrals as referrals_api
from brokering.api import sharing as sharing_api
from brokering.api import short_notice as short_notice_api
from brokering.api import watches as watches_api
from brokering.api import wishes as wishes_api
from brokering.api.decisions import DecisionsView
from brokering.api.explanations import BestPlacesView, ExplanationView, RoundPlaceView
from brokering.api.offer_policies import OfferPoliciesView
from brokering.api.rounds import CountryRoundsView, CountryRoundView, RoundsView, RoundView
from brokering.api.slots import SearchView, SlotsView
from brokering.views import (
    approving,
    asking,
    booking,
    calculator,
    cancelling,
    closing,
    confirming,
    contact,
    earlier,
    events,
    navigator,
    offers,
    rebooking,
    receiving,
    remisses,
    rounds,
    rules,
    search,
    sharing,
    short_notice,
    silent,
    slots,
    waiting,
    watches,
    week_places,
    wishes,
)

EVERYONE = [
    path("", search.home, name="home"),
    path("sok/", search.search_page, name="search"),
    path("sok/om-dig/", search.about_you, name="about-you"),
    path("tid/<uuid:slot_id>/", slots.slot, name="slot"),
]

CALCULATOR = [
    path("far-jag/", calculator.calculator, name="calculator"),
    path("api/v1/decisions", DecisionsView.as_view(), name="api-decisions"),
]

PATIENT = [
    path("sok/for/<uuid:referral_id>/", search.choose_need, name="choose-need"),
    path("tid/<uuid:slot_id>/hall/", slots.hold_slot, name="slot-hold"),
    path("tid/<uuid:slot_id>/fraga/", approving.ask_region, name="slot-ask"),
    path("tid/<uuid:slot_id>/regionen/", slots.arrange, name="slot-region"),
    path("bokning/<uuid:booking_id>/", booking.booking, name="booking"),
    path("bokning/<uuid:booking_id>/bekrafta/", booking.confirm_booking, name="booking-confirm"),
    path("bokning/<uuid:booking_id>/slapp/", booking.release_booking, name="booking-release"),
    path("bokning/<uuid:booking_id>/mer-tid/", booking.extend_booking, name="booking-extend"),
    path("bokning/<uuid:booking_id>/lamna/", booking.leave_booking, name="booking-leave"),
    path("bokning/<uuid:booking_id>/avboka/", booking.cancel_booking, name="booking-cancel"),
    path("bokning/<uuid:booking_id>/tidigare/", earlier.earlier, name="booking-earlier"),
    path("bokning/<uuid:booking_id>/kalender.ics", booking.calendar, name="booking-calendar"),
    path("erbjudande/<uuid:offer_id>/ja/", offers.accept, name="offer-accept"),
    path("erbjudande/<uuid:offer_id>/nej/", offers.decline, name="offer-decline"),
    path("erbjudande/<uuid:offer_id>/angra/", offers.regret, name="offer-regret"),
    path("min-vantan/<uuid:referral_id>/vill-ha/", offers.want_again, name="want-again"),
    path("min-vantan/", waiting.my_wait, name="my_wait"),
    path("min-vantan/<uuid:referral_id>/varfor/", waiting.own_why, name="own-why"),
    path("bevakning/", watches.start, name="watch-start"),
    path("bevakning/<uuid:watch_id>/igen/", watches.again, name="watch-again"),
    path("bevakning/<uuid:watch_id>/avsluta/", watches.end, name="watch-end"),
    path("min-vantan/<uuid:referral_id>/kort-varsel/", short_notice.own, name="short-notice"),
    path("min-vantan/<uuid:referral_id>/onskemal/", wishes.own, name="wishes"),
    path("kort-varsel/<uuid:invitation_id>/ja/", short_notice.accept, name="invitation-accept"),
    path("kort-varsel/<uuid:invitation_id>/nej/", short_notice.decline, name="invitation-decline"),
    path("min-vantan/<uuid:referral_id>/ta-tillbaka/", waiting.take_back, name="take-back"),
    path(
        "min-vantan/<uuid:referral_id>/behovs/", confirming.told_by_patient, name="need-confirm-own"
    ),
]

REACHED = [
    path("mina-kontaktvagar/", contact.my_contact, name="my-contact"),
    path("mina-kontaktvagar/<uuid:point_id>/ta-bort/", contact.end_point, name="contact-point-end"),
    path("kontakt/", contact.tasks, name="contact-tasks"),
    path("kontakt/<uuid:task_id>/klart/", contact.done, name="contact-task-done"),
    path("kontakt/<uuid:task_id>/senare/", contact.later, name="contact-task-later"),
    path("kontakt/brev/", contact.letters, name="letters"),
    path("kontakt/brev/<uuid:message_id>/", contact.letter, name="letter"),
    path("kontakt/brev/<uuid:message_id>/postat/", contact.posted, name="letter-posted"),
]

NAVIGATOR = [
    path("kort-varsel/", short_notice.asked, name="asked-batches"),
    path(
        "vantande/<uuid:referral_id>/kort-varsel/",
        short_notice.by_phone,
        name="short-notice-by-phone",
    ),
    path("vantande/<uuid:referral_id>/onskemal/", wishes.by_phone, name="wishes-by-phone"),
    path("vantande/", navigator.waiting, name="worklist"),
    path("vantande/<uuid:referral_id>/", navigator.alternatives, name="alternatives"),
    path("vantande/<uuid:referral_id>/varfor/", navigator.why, name="why"),
    path("vantande/<uuid:referral_id>/behovs/", confirming.told_to_region, name="need-confirm"),
    path("vantande/<uuid:referral_id>/ringt/", asking.called, name="need-called"),
    path("erbjudande/<uuid:offer_id>/telefonsvar/", asking.answered, name="offer-by-phone"),
    path("hur-vi-fragar/", asking.policy, name="offer-policy"),
    path("vantande/<uuid:referral_id>/valj/", navigator.choose, name="reroute_choose"),
    path("godkannanden/", approving.approvals, name="approvals"),
    path("godkannanden/<uuid:approval_id>/", approving.approval, name="approval"),
    path("godkannanden/<uuid:approval_id>/ja/", approving.say_yes, name="approval-yes"),
    path("godkannanden/<uuid:approval_id>/nej/", approving.say_no, name="approval-no"),
    path("ombokning/", rebooking.tasks, name="rebookings"),
    path("utan-besked/", silent.visits, name="silent-visits"),
    path("utan-besked/<uuid:booking_id>/", silent.report, name="silent-report"),
    path("ombokning/<uuid:task_id>/", rebooking.task, name="rebooking"),
    path("ombokning/<uuid:task_id>/valj/", rebooking.choose, name="rebooking-choose"),
    path("hanvisning/<uuid:booking_id>/", navigator.review, name="reroute_review"),
    path("hanvisning/<uuid:booking_id>/skicka/", navigator.send, name="reroute_send"),
    path("hanvisning/<uuid:booking_id>/angra/", navigator.undo, name="reroute_undo"),
]

CLINICIAN = [
    path("remiss/mina/", remisses.mine, name="remiss-mine"),
    path("remiss/ny/", remisses.choose_care, name="remiss-new"),
    path("remiss/ny/<slug:care>/", remisses.write, name="remiss-write"),
]

CLINIC = "mottagning/<uuid:clinic_id>"
RECEIVING = [
    path(f"{CLINIC}/vantar/", receiving.received, name="clinic-received"),
    path(f"{CLINIC}/besok/", receiving.visits, name="clinic-visits"),
    path(f"{CLINIC}/fordelning/", sharing.sharing, name="clinic-sharing"),
    path(f"{CLINIC}/stangt/", closing.closing, name="clinic-closing"),
    path("stangt/<uuid:restriction_id>/hav/", closing.open_again, name="restriction-lift"),
    path("remiss/<uuid:referral_id>/datum/", receiving.say, name="referral-date"),
    path("remiss/<uuid:referral_id>/beslut/", receiving.decide, name="referral-decide"),
    path("bokning/<uuid:booking_id>/kom/", receiving.report, name="booking-report"),
    path(
        "bokning/<uuid:booking_id>/stall-in/",
        cancelling.cancel_for_patient,
        name="booking-cancel-for",
    ),
    path("bokning/<uuid:booking_id>/ledig/", cancelling.answer, name="booking-free"),
    path(f"{CLINIC}/veckoplatser/", week_places.week_places, name="clinic-week-places"),
    path(
        "bokning/<uuid:booking_id>/klockslag/",
        week_places.name_the_time,
        name="booking-name-time",
    ),
]

EVENTS = [
    path("allvarlig-handelse/", events.events, name="region-events"),
    path("allvarlig-handelse/<uuid:event_id>/avsluta/", events.end, name="region-event-end"),
]

ROUNDS = [
    path("matchning/", rounds.rounds, name="rounds"),
    path("matchning/starta/", rounds.start, name="round_start"),
    path("matchning/<uuid:round_id>/", rounds.report, name="round"),
    path("matchning/<uuid:round_id>/tid/<uuid:slot_id>/", rounds.place, name="round-place"),
    path("api/v1/rounds", RoundsView.as_view(), name="api-rounds"),
    path("api/v1/rounds/<uuid:round_id>", RoundView.as_view(), name="api-round"),
    path("api/v1/country-rounds", CountryRoundsView.as_view(), name="api-country-rounds"),
    path(
        "api/v1/country-rounds/<uuid:round_id>",
        CountryRoundView.as_view(),
        name="api-country-round",
    ),
    path(
        "api/v1/rounds/<uuid:round_id>/places/<uuid:slot_id>",
        RoundPlaceView.as_view(),
        name="api-round-place",
    ),
]

RULES = [
    path("remissregler/<str:code>/ny/", rules.new, name="rule-new"),
    path("remissregler/<str:code>/las-in/", rules.read_in, name="rules-import"),
    path("remissregler/<str:code>/fullstandig/", rules.declare, name="rules-declare"),
    path("remissregler/regel/<int:rule_id>/ersatt/", rules.replace, name="rule-replace"),
    path("remissregler/regel/<int:rule_id>/avsluta/", rules.end, name="rule-end"),
    path(
        "remissregler/fullstandig/<int:declaration_id>/avsluta/",
        rules.end_declared,
        name="rules-declared-end",
    ),
]

BOOKING = "api/v1/bookings/<uuid:booking_id>"
API = [
    path("api/v1/slots", SlotsView.as_view(), name="api-slots"),
    path("api/v1/slots/search", SearchView.as_view(), name="api-slots-search"),
    path("api/v1/holds", api.HoldsView.as_view(), name="api-holds"),
    path(BOOKING, api.BookingView.as_view(), name="api-booking"),
    path(f"{BOOKING}/confirm", api.ConfirmView.as_view(), name="api-booking-confirm"),
    path(f"{BOOKING}/extend", api.ExtendView.as_view(), name="api-booking-extend"),
    path(f"{BOOKING}/release", api.ReleaseView.as_view(), name="api-booking-release"),
    path(f"{BOOKING}/cancel", api.CancelView.as_view(), name="api-booking-cancel"),
    path(f"{BOOKING}/free", api.FreeView.as_view(), name="api-booking-free"),
    path(f"{BOOKING}/visit", referrals_api.VisitView.as_view(), name="api-booking-visit"),
]

OFFER = "api/v1/offers/<uuid:offer_id>"
OFFERS_API = [
    path("api/v1/offers", offers_api.OffersView.as_view(), name="api-offers"),
    path(OFFER, offers_api.OfferView.as_view(), name="api-offer"),
    path(f"{OFFER}/accept", offers_api.AcceptView.as_view(), name="api-offer-accept"),
    path(f"{OFFER}/decline", offers_api.DeclineView.as_view(), name="api-offer-decline"),
    path(f"{OFFER}/regret", offers_api.RegretView.as_view(), name="api-offer-regret"),
    path(
        "api/v1/regions/<str:code>/offer-policy",
        OfferPoliciesView.as_view(),
        name="api-offer-policy",
    ),
]

INVITATION = "api/v1/invitations/<uuid:invitation_id>"
SHORT_NOTICE_API = [
    path("api/v1/short-notice", short_notice_api.ShortNoticeView.as_view(), name="api-consents"),
    path(
        "api/v1/bookings/<uuid:booking_id>/earlier",
        earlier_api.EarlierView.as_view(),
        name="api-booking-earlier",
    ),
    path(
        "api/v1/bookings/<uuid:booking_id>/earlier/end",
        earlier_api.EndEarlierView.as_view(),
        name="api-booking-earlier-end",
    ),
    path(
        "api/v1/short-notice/end",
        short_notice_api.EndShortNoticeView.as_view(),
        name="api-consent-end",
    ),
    path("api/v1/invitations", short_notice_api.InvitationsView.as_view(), name="api-invitations"),
    path(
        f"{INVITATION}/accept",
        short_notice_api.AcceptInvitationView.as_view(),
        name="api-invitation-accept",
    ),
    path(
        f"{INVITATION}/decline",
        short_notice_api.DeclineInvitationView.as_view(),
        name="api-invitation-decline",
    ),
]

WATCH = "api/v1/watches/<uuid:watch_id>"
WATCHES_API = [
    path("api/v1/watches", watches_api.WatchesView.as_view(), name="api-watches"),
    path(f"{WATCH}/again", watches_api.WatchAgainView.as_view(), name="api-watch-again"),
    path(f"{WATCH}/end", watches_api.WatchEndView.as_view(), name="api-watch-end"),
]

APPROVAL = "api/v1/approvals/<uuid:approval_id>"
APPROVALS_API = [
    path("api/v1/approvals", approvals_api.ApprovalsView.as_view(), name="api-approvals"),
    path(f"{APPROVAL}/grant", approvals_api.GrantView.as_view(), name="api-approval-grant"),
    path(f"{APPROVAL}/refuse", approvals_api.RefuseView.as_view(), name="api-approval-refuse"),
]

REFERRAL = "api/v1/referrals/<uuid:referral_id>"
REFERRALS_API = [
    path("api/v1/referrals", referrals_api.ReferralsView.as_view(), name="api-referrals"),
    path(f"{REFERRAL}/wishes", wishes_api.WishesView.as_view(), name="api-wishes"),
    path(
        "api/v1/clinics/<uuid:clinic_id>/referrals",
        referrals_api.ReceivedView.as_view(),
        name="api-clinic-referrals",
    ),
    path(
        f"{REFERRAL}/decision",
        referrals_api.TreatmentDecisionView.as_view(),
        name="api-referral-decision",
    ),
    path(f"{REFERRAL}/explanation", ExplanationView.as_view(), name="api-referral-explanation"),
    path(f"{REFERRAL}/places", BestPlacesView.as_view(), name="api-referral-places"),
    path(f"{REFERRAL}/date", referrals_api.DateView.as_view(), name="api-referral-date"),
]

RESTRICTIONS = "api/v1/clinics/<uuid:clinic_id>/restrictions"
DECISIONS_API = [
    path(RESTRICTIONS, closing_api.RestrictionsView.as_view(), name="api-restrictions"),
    path(
        f"{RESTRICTIONS}/preview",
        closing_api.PreviewView.as_view(),
        name="api-restrictions-preview",
    ),
    path(
        "api/v1/restrictions/<uuid:restriction_id>/lift",
        closing_api.LiftView.as_view(),
        name="api-restriction-lift",
    ),
    path(
        "api/v1/clinics/<uuid:clinic_id>/windows",
        sharing_api.WindowsView.as_view(),
        name="api-windows",
    ),
    path(
        "api/v1/clinics/<uuid:clinic_id>/quotas",
        sharing_api.QuotasView.as_view(),
        name="api-quotas",
    ),
    path("api/v1/rebookings", closing_api.RebookingsView.as_view(), name="api-rebookings"),
    path("api/v1/serious-events", events_api.EventsView.as_view(), name="api-events"),
    path(
        "api/v1/serious-events/<uuid:event_id>/end",
        events_api.EndView.as_view(),
        name="api-event-end",
    ),
    path(
        "api/v1/serious-events/<uuid:event_id>/help",
        events_api.HelpView.as_view(),
        name="api-event-help",
    ),
    path(
        "api/v1/rebookings/<uuid:task_id>/rebook",
        closing_api.RebookView.as_view(),
        name="api-rebooking-rebook",
    ),
]

POINTS = "api/v1/contact-points"
TASKS = "api/v1/contact-tasks"
CONTACT_API = [
    path(POINTS, contact_api.ContactPointsView.as_view(), name="api-contact-points"),
    path(
        f"{POINTS}/<uuid:point_id>/end",
        contact_api.ContactPointView.as_view(),
        name="api-contact-point-end",
    ),
    path(TASKS, contact_api.ContactTasksView.as_view(), name="api-contact-tasks"),
    path(
        f"{TASKS}/<uuid:task_id>/done",
        contact_api.ContactTaskDoneView.as_view(),
        name="api-contact-task-done",
    ),
    path(
        f"{TASKS}/<uuid:task_id>/later",
        contact_api.ContactTaskLaterView.as_view(),
        name="api-contact-task-later",
    ),
    path("api/v1/messages/receipts", contact_api.ReceiptsView.as_view(), name="api-receipts"),
]

urlpatterns = [
    *EVERYONE,
    *API,
    *CALCULATOR,
    *PATIENT,
    *REACHED,
    *NAVIGATOR,
    *CLINICIAN,
    *RECEIVING,
    *EVENTS,
    *ROUNDS,
    *RULES,
    *OFFERS_API,
    *APPROVALS_API,
    *REFERRALS_API,
    *SHORT_NOTICE_API,
    *WATCHES_API,
    *DECISIONS_API,
    *CONTACT_API,
]
