"""Addresses of contracts."""

from django.urls import URLPattern, path

from contracts import views

urlpatterns: list[URLPattern] = [
    path("avtal/", views.agreements, name="agreements"),
    path("avtal/<uuid:agreement_id>/", views.one_agreement, name="agreement"),
    path("mottagning/<uuid:clinic_id>/avtal/", views.clinic_agreements, name="clinic-agreements"),
]
