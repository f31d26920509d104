"""Every address of the product."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.live import Live
from config import celery, health
from providers.selectors.tenants import tenant_of_region

background = celery.app
"""Pages queue work: whoever serves them knows the broker."""

urlpatterns = [
    # Addresses are tried in this order: what is asked for most stands first.
    path("", include("brokering.urls")),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", health.metrics),
    path("sprak/", include("django.conf.urls.i18n")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("fhir/", include("brokering.fhir.urls")),
    path("", include("accounts.urls")),
    path("", include("providers.urls")),
    path("", include("contracts.urls")),
    path("", include("insight.urls")),
]

websocket_urlpatterns = [path("live/", Live.as_asgi(tenant_of_region=tenant_of_region))]

handler400 = "config.pages.bad_request"
handler403 = "config.pages.forbidden"
handler404 = "config.pages.missing"
handler500 = "config.pages.fault"
