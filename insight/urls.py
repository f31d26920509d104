"""Addresses of insight."""

from django.urls import path

from insight import api
from insight.views import (
    bypasses,
    cancellations,
    demand,
    forecasts,
    outcomes,
    planning,
    visibility,
    waits,
)

CLINIC = "mottagning/<uuid:clinic_id>/"

urlpatterns = [
    path("vantetider/", waits.waits, name="waits"),
    path("vantetider/uppskattning/", waits.estimate, name="estimate"),
    path("planering/", planning.plan, name="planning"),
    path("planering/fil.csv", planning.as_csv, name="planning-csv"),
    path("avvikelser/", bypasses.ledger, name="bypasses"),
    path("avvikelser/fil.csv", bypasses.as_csv, name="bypasses-csv"),
    path("avvikelser/<uuid:claim_id>/skal/", bypasses.say_why, name="bypass-why"),
    path("api/v1/bypasses", api.BypassesView.as_view(), name="api-bypasses"),
    path(
        "api/v1/bypasses/<uuid:claim_id>/reason", api.BypassWhyView.as_view(), name="api-bypass-why"
    ),
    path("api/v1/planning", api.PlanningView.as_view(), name="api-planning"),
    path(f"{CLINIC}syns/", visibility.week, name="clinic-visibility"),
    path(f"{CLINIC}syns/<uuid:slot_id>/", visibility.time, name="clinic-visible-time"),
    path(f"{CLINIC}utfall/", outcomes.outcome, name="clinic-outcome"),
    path(f"{CLINIC}sena-avbokningar/", cancellations.late, name="clinic-cancellations"),
    path(f"{CLINIC}vantar-nara/", demand.near, name="clinic-demand"),
    path(f"{CLINIC}prognos/", forecasts.forecast, name="clinic-forecast"),
    path(
        "api/v1/clinics/<uuid:clinic_id>/forecasts",
        api.ForecastsView.as_view(),
        name="api-forecasts",
    ),
    path(
        "api/v1/clinics/<uuid:clinic_id>/visibility",
        api.VisibilityView.as_view(),
        name="api-visibility",
    ),
]
