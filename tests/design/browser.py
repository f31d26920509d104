"""Opens a page in Chromium without any server: templates and static files are answered from disk."""

import mimetypes
from pathlib import Path
from urllib.parse import urlparse

from csp.utils import build_policy
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, loader
from django.utils import timezone, translation
from playwright.sync_api import Browser, Page, Route

from tests.design.gallery import context

ADDRESS = "http://design.invalid/"


def gallery(language: str = "sv") -> str:
    """The gallery as HTML, without request or database."""
    with translation.override(language):
        values = context(timezone.localtime()) | {"csrf_token": "x" * 64}
        template = loader.get_template("design/gallery.html").template
        return template.render(Context(values, use_tz=settings.USE_TZ))


def stylesheets_missing() -> bool:
    """Whether npm's files were replaced by empty ones."""
    found = finders.find("vendor/designsystemet.css")
    return not found or Path(found).stat().st_size < 1000


def open_page(
    browser: Browser, html: str, *, width: int, dark: bool = False, script: bool = True
) -> Page:
    """The HTML at a width, under the product's own content security policy."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    page.route("**/*", lambda route: _answer(route, html))
    page.goto(ADDRESS)
    return page


def _answer(route: Route, html: str) -> None:
    path = urlparse(route.request.url).path
    if path == "/":
        headers = {"Content-Security-Policy": build_policy()}
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
        return
    file = finders.find(path.removeprefix(settings.STATIC_URL))
    if file is None:
        route.fulfill(status=404, body="")
        return
    kind = mimetypes.guess_type(str(file))[0] or "application/octet-stream"
    route.fulfill(body=Path(file).read_bytes(), content_type=kind)
