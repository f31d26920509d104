"""Addresses of insight."""

from django.urls import path

from insight import views

urlpatterns = [
    path("vantetider/", views.waits, name="waits"),
    path("vantetider/uppskattning/", views.estimate, name="estimate"),
]
