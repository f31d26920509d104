"""Addresses of contracts."""

from django.urls import URLPattern, path, re_path

from contracts.api import designations as designations_api
from contracts.api import rules as rule_api
from contracts.api.agreements import AgreementsView, ExportView
from contracts.api.parties import PartiesView
from contracts.api.terms import TermsView
from contracts.views import (
    agreement_desk,
    agreement_files,
    agreement_steps,
    agreements,
    designations,
    parties,
    rules,
)

urlpatterns: list[URLPattern] = [
    path("avtal/", agreements.agreements, name="agreements"),
    path("avtal/filer/", agreement_files.files, name="agreement-files"),
    path("avtal/filer/mall.csv", agreement_files.template, name="agreement-template"),
    path("avtal/nytt/", agreement_desk.new, name="agreement-new"),
    path("avtal/parter/", parties.parties, name="parties"),
    path("avtal/parter/nytt/", parties.new, name="party-new"),
    path("avtal/<uuid:agreement_id>/", agreements.one_agreement, name="agreement"),
    path("avtal/<uuid:agreement_id>/andra/", agreement_desk.change, name="agreement-change"),
    path(
        "avtal/<uuid:agreement_id>/steg/<slug:name>/", agreement_steps.take, name="agreement-step"
    ),
    path(
        "avtal/<uuid:agreement_id>/tilldelning/<uuid:lot_id>/",
        agreement_steps.take,
        {"name": "award"},
        name="agreement-award",
    ),
    path(
        "mottagning/<uuid:clinic_id>/avtal/",
        agreements.clinic_agreements,
        name="clinic-agreements",
    ),
    path("utsedda/", designations.of_all, name="designations"),
    path("utsedda/ny/", designations.new, name="designation-new"),
    path("utsedda/<uuid:designation>/avsluta/", designations.end, name="designation-end"),
    path(
        "api/v1/designations", designations_api.DesignationsView.as_view(), name="api-designations"
    ),
    path("remissregler/", rules.register, name="rules"),
    re_path(r"^remissregler/(?P<code>[0-9]{2})/$", rules.of_region, name="rules-region"),
    re_path(r"^remissregler/(?P<code>[0-9]{2})\.csv$", rules.as_csv, name="rules-csv"),
    path("remissregler/regel/<int:rule_id>/", rules.one_rule, name="rule"),
    path("remissregler/regel/<int:rule_id>/galler/", rules.confirm, name="rule-confirm"),
    path("api/v1/referral-rules", rule_api.ReferralRules.as_view(), name="api-referral-rules"),
    path("api/v1/terms", TermsView.as_view(), name="api-terms"),
    path("api/v1/parties", PartiesView.as_view(), name="api-parties"),
    path("api/v1/agreements", AgreementsView.as_view(), name="api-agreements"),
    path(
        "api/v1/agreements/export.json",
        ExportView.as_view(form="json"),
        name="api-agreements-json",
    ),
    path("api/v1/agreements/export.csv", ExportView.as_view(form="csv"), name="api-agreements-csv"),
]
