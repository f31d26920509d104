"""Every form of a page that writes carries a token and a key, and a second press changes nothing more."""

import re
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_started
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.actions.outcomes import once
from tests.chromium import ROOT
from tests.pressed import writes_before_its_key

WRITES_NOTHING = {
    "set_language": "a choice kept in a cookie",
    "login": "the session alone; its own guard counts the tries",
    "logout": "the session alone",
    "about-you": "kept in the session alone",
    "choose-need": "kept in the session alone",
    "clinic-preview-one": "counts what the answers so far would give",
    "clinic-preview-weekly": "counts what the answers so far would give",
}
"""Addresses that a form is sent to and that change no row of ours."""
CHECKED_FIRST = {
    "providers/publish.html": "leads to the page that publishes",
    "brokering/rule_form.html": "leads to the page that saves",
    "contracts/agreement_files.html": "leads to the page that saves",
    "contracts/agreement_part.html": "one part of a draft, carried along unsaved",
    "contracts/agreement_desk.html": "the draft as a whole; its check page saves",
}
"""Forms whose answer is only shown once more before anything is saved."""
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
KEYED = re.compile(
    r"name=\"key\"|\.key }}|{{ hidden }}|\.hidden %}|in hidden %}|{{ field\.as_hidden }}"
)
"""A key of the page's own, or the hidden fields of a form, of which the key is one."""
OURS = ("accounts.", "providers.", "contracts.", "brokering.", "insight.", "config.")


def addresses(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        else:
            yield route, one


def called_by(view: Any, seen: dict[int, FunctionType]) -> dict[int, FunctionType]:
    """Every function of ours that a view can come to, through decorators, lambdas and inner functions."""
    if not isinstance(view, FunctionType) or id(view) in seen:
        return seen
    seen[id(view)] = view
    for cell in view.__closure__ or ():
        called_by(cell.cell_contents, seen)
    if view.__module__.startswith(OURS):
        for name in names_in(view.__code__):
            called_by(view.__globals__.get(name), seen)
    return seen


def names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, CodeType):
            yield from names_in(inner)


def takes_a_form(view: Any) -> bool:
    """Whether a view answers to a form that is sent to it."""
    seen = called_by(view, {}).values()
    allowed = [
        cell.cell_contents
        for one in seen
        for name, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True)
        if name == "request_method_list"
    ]
    if allowed:
        return "POST" in allowed[0]
    return any("POST" in names_in(one.__code__) for one in seen)


def page_forms() -> dict[str, Any]:
    """The views of pages that a form is sent to, by name."""
    return {
        str(one.name): one.callback
        for route, one in addresses(get_resolver().url_patterns)
        if not route.startswith(("api/", "fhir/")) and takes_a_form(one.callback)
    }


def forms_in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for form in FORM.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT / "templates").as_posix(), form


def test_what_a_form_is_sent_to_is_carried_out_once_or_writes_nothing():
    forms = page_forms()
    without = {name for name, view in forms.items() if id(once) not in called_by(view, {})}
    assert without - {"login", "logout"} == WRITES_NOTHING.keys() - {"login", "logout"}
    assert len(forms) > 60


def test_a_view_that_forgets_the_key_is_found():
    def forgetful(request):
        request.POST.get("key")

    assert takes_a_form(forgetful)
    assert id(once) not in called_by(forgetful, {})


def test_every_form_carries_a_token_and_a_key():
    harmless = re.compile(
        "|".join(f"'{name}'" for name in WRITES_NOTHING) + "|(?:language|logout|move)_url"
    )
    bare = [
        (template, form[:120])
        for template, form in forms_in_templates()
        if not harmless.search(form) and template not in CHECKED_FIRST and not KEYED.search(form)
    ]
    assert bare == []
    assert [one for one in forms_in_templates() if "csrf_token" not in one[1]] == []


def test_no_page_is_exempt_from_the_token():
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE
    pages = page_forms().values()
    assert not [view for view in pages if getattr(view, "csrf_exempt", False)]


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('INSERT INTO "brokering_watch" VALUES (1)', "brokering_watch"),
        ("WITH a AS (UPDATE brokering_referral SET x = 1) SELECT 1", "brokering_referral"),
        ('SELECT 1 FROM "a" FOR UPDATE OF "a"', ""),
        ('DELETE FROM "django_session"', ""),
    ],
    ids=["insert", "inside another", "a lock", "a session"],
)
def test_a_write_is_told_from_a_reading(sql, table):
    request_started.send(None, environ={"PATH_INFO": "/x/", "REQUEST_METHOD": "POST"})
    assert writes_before_its_key(sql) == table
    assert not writes_before_its_key("INSERT INTO accounts_outcome VALUES (1)")
    assert not writes_before_its_key(sql)
