"""Addresses of providers."""

from django.urls import URLPattern, path

from providers.api import batch, capacity, reference, slots
from providers.api import feeds as feeds_api
from providers.views import cancelling, copying, feeds, files, publishing, reception, week, word

CLINIC = "mottagning/<uuid:clinic_id>/"
FEED = f"{CLINIC}hamtning/<uuid:feed_id>/"

urlpatterns: list[URLPattern] = [
    path("mottagning/", week.clinics, name="clinics"),
    path(CLINIC, week.week, name="clinic-week"),
    path(f"{CLINIC}andra/", week.edit_times, name="clinic-edit"),
    path(f"{CLINIC}angra/", week.undo, name="clinic-undo"),
    path(f"{CLINIC}kopiera/", copying.copy_week, name="clinic-copy"),
    path(f"{CLINIC}avbokning/", cancelling.cancel_limit, name="clinic-cancel-limit"),
    path(f"{CLINIC}sprak/", reception.reception, name="clinic-reception"),
    path(f"{CLINIC}stammer/", week.confirm, name="clinic-confirm"),
    path(f"{CLINIC}publicera/", publishing.publish_times, {"way": "en"}, name="clinic-publish-one"),
    path(
        f"{CLINIC}publicera/vecka/",
        publishing.publish_times,
        {"way": "vecka"},
        name="clinic-publish-weekly",
    ),
    path(f"{CLINIC}publicera/antal/", publishing.preview, {"way": "en"}, name="clinic-preview-one"),
    path(
        f"{CLINIC}publicera/vecka/antal/",
        publishing.preview,
        {"way": "vecka"},
        name="clinic-preview-weekly",
    ),
    path(f"{CLINIC}fil/", files.upload, name="clinic-file-upload"),
    path(f"{CLINIC}fil/tider.xlsx", files.template, {"kind": "xlsx"}, name="clinic-file-excel"),
    path(f"{CLINIC}fil/tider.csv", files.template, {"kind": "csv"}, name="clinic-file-csv"),
    path(f"{CLINIC}fil/<uuid:delivery_id>/", files.file, name="clinic-file"),
    path(
        f"{CLINIC}fil/<uuid:delivery_id>/publicera/",
        files.publish_file,
        name="clinic-file-publish",
    ),
    path(f"{CLINIC}fil/<uuid:delivery_id>/angra/", files.undo_file, name="clinic-file-undo"),
    path(f"{CLINIC}fil/<uuid:delivery_id>/kasta/", files.discard_file, name="clinic-file-discard"),
    path(f"{CLINIC}hamtning/", feeds.feeds, name="clinic-feeds"),
    path(FEED, feeds.feed, name="clinic-feed"),
    path(f"{FEED}hamta/", feeds.fetch, name="clinic-feed-fetch"),
    path(f"{FEED}pausa/", feeds.turn, {"on": False}, name="clinic-feed-pause"),
    path(f"{FEED}starta/", feeds.turn, {"on": True}, name="clinic-feed-resume"),
    path("api/v1/feeds", feeds_api.Feeds.as_view(), name="api-feeds"),
    path("api/v1/feeds/<uuid:feed_id>/poll", feeds_api.FeedPoll.as_view(), name="api-feed-poll"),
    path("api/v1/feeds/<uuid:feed_id>/pause", feeds_api.FeedPause.as_view(), name="api-feed-pause"),
    path(
        "api/v1/feeds/<uuid:feed_id>/resume", feeds_api.FeedResume.as_view(), name="api-feed-resume"
    ),
    path("api/v1/slots/withdraw", slots.WithdrawSlots.as_view(), name="api-slots-withdraw"),
    path("api/v1/slots/batch", batch.PublishBatch.as_view(), name="api-slots-batch"),
    path(
        "api/v1/slots/batch/<uuid:delivery_id>",
        batch.BatchOutcome.as_view(),
        name="api-slots-batch-outcome",
    ),
    path(f"{CLINIC}uppgifter/", word.word, name="clinic-word"),
    path("api/v1/capacity", capacity.CapacityView.as_view(), name="api-capacity"),
    path("api/v1/clinics", reference.Clinics.as_view(), name="api-clinics"),
    path("api/v1/cares", reference.Cares.as_view(), name="api-cares"),
    path("api/v1/regions", reference.Regions.as_view(), name="api-regions"),
]
