"""Addresses of the FHIR face, below /fhir/."""

from django.urls import path

from brokering.fhir import bulk
from brokering.fhir.metadata import OPERATIONS, MetadataView

urlpatterns = [
    path("$bulk-publish", bulk.manifest, name="bulk-publish"),
    path("bulk/<str:name>", bulk.file, name="bulk-file"),
    path("metadata", MetadataView.as_view(), name="fhir-metadata"),
    *(path(f"${one.name}", one.view.as_view(), name=f"fhir-{one.name}") for one in OPERATIONS),
]
