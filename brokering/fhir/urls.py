"""Addresses of the FHIR face, below /fhir/."""

from django.urls import path

from brokering.fhir.metadata import OPERATIONS, MetadataView

urlpatterns = [
    path("metadata", MetadataView.as_view(), name="fhir-metadata"),
    *(path(f"${one.name}", one.view.as_view(), name=f"fhir-{one.name}") for one in OPERATIONS),
]
