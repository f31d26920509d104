"""Addresses of brokering, by who uses them."""

from django.urls import path

from brokering.views import navigator, rounds

NAVIGATOR = [
    path("vantande/", navigator.waiting, name="worklist"),
    path("vantande/<uuid:referral_id>/", navigator.alternatives, name="alternatives"),
    path("vantande/<uuid:referral_id>/varfor/", navigator.why, name="why"),
    path("vantande/<uuid:referral_id>/valj/", navigator.choose, name="reroute_choose"),
    path("hanvisning/<uuid:booking_id>/", navigator.review, name="reroute_review"),
    path("hanvisning/<uuid:booking_id>/skicka/", navigator.send, name="reroute_send"),
    path("hanvisning/<uuid:booking_id>/angra/", navigator.undo, name="reroute_undo"),
]

ROUNDS = [
    path("matchning/", rounds.rounds, name="rounds"),
    path("matchning/starta/", rounds.start, name="round_start"),
    path("matchning/<uuid:round_id>/", rounds.report, name="round"),
]

urlpatterns = [*NAVIGATOR, *ROUNDS]
