"""Addresses of providers."""

from django.urls import URLPattern, path

from providers import api, views

CLINIC = "mottagning/<uuid:clinic_id>/"

urlpatterns: list[URLPattern] = [
    path("mottagning/", views.clinics, name="clinics"),
    path(CLINIC, views.week, name="clinic-week"),
    path(f"{CLINIC}ta-bort/", views.withdraw_times, name="clinic-withdraw"),
    path(f"{CLINIC}stammer/", views.confirm, name="clinic-confirm"),
    path(f"{CLINIC}publicera/", views.publish_times, {"way": "en"}, name="clinic-publish-one"),
    path(
        f"{CLINIC}publicera/vecka/",
        views.publish_times,
        {"way": "vecka"},
        name="clinic-publish-weekly",
    ),
    path(f"{CLINIC}publicera/antal/", views.preview, {"way": "en"}, name="clinic-preview-one"),
    path(
        f"{CLINIC}publicera/vecka/antal/",
        views.preview,
        {"way": "vecka"},
        name="clinic-preview-weekly",
    ),
    path("api/v1/slots/withdraw", api.WithdrawSlots.as_view(), name="api-slots-withdraw"),
    path("api/v1/clinics", api.Clinics.as_view(), name="api-clinics"),
    path("api/v1/cares", api.Cares.as_view(), name="api-cares"),
    path("api/v1/regions", api.Regions.as_view(), name="api-regions"),
]
