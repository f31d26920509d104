"""Addresses of accounts."""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from accounts import views
from accounts.api import OutcomeView

urlpatterns: list[URLPattern] = [
    path("konto/", views.start, name="account"),
    path("konto/logga-in/", views.SignIn.as_view(), name="login"),
    path("konto/logga-ut/", LogoutView.as_view(), name="logout"),
    path("konto/lasta/", views.readings, name="readings"),
    path("konto/granskning/", views.audit, name="audit"),
    path("api/v1/outcomes/<str:key>", OutcomeView.as_view(), name="api-outcome"),
]
