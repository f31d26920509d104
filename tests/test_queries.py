"""Whatever stands in the query of a page's address, it answers with a page or a refusal, never a fault."""

import inspect
import re
import sys
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import Role
from tests.factories import a_region, staff
from tests.test_addresses import asked

NAMED = re.compile(r"""GET(?:\.get|\.getlist)?[(\[]["'](\w+)["']""")
FORM = re.compile(r"(\w+Form)\(\s*request\.GET")
HOSTILE = ("\0", "9" * 400)
MACHINES = ("api/", "fhir/", "^api", "^fhir")
"""Swept by the parameters that their own description names."""
ROLES = (
    Role.NAVIGATOR,
    Role.CLINIC_STAFF,
    Role.REFERRING_CLINICIAN,
    Role.REGION_ADMINISTRATOR,
)


def pages(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    """Every page's address with the module that its view stands in."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, route)
        elif not route.startswith(MACHINES):
            yield route, pattern.callback.__module__


def parameters(module: str) -> set[str]:
    """What the views of a module read from a query, by name or through a form."""
    views = sys.modules[module]
    text = inspect.getsource(views)
    forms = [getattr(views, form) for form in FORM.findall(text)]
    return set(NAMED.findall(text)) | {field for form in forms for field in form.base_fields}


ASKING = sorted(
    (route, name)
    for route, module in pages(get_resolver().url_patterns)
    for name in parameters(module)
)


def test_the_parameters_are_found():
    assert {("utsedda/ny/", "vard"), ("vantande/", "region"), ("konto/lasta/", "page")} <= set(
        ASKING
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_query_makes_a_page_fail(database, role):
    client = Client(raise_request_exception=False)
    client.force_login(staff(role, a_region("01").tenant))
    answers = {
        (route, name, value): client.get(asked(route), {name: value}).status_code
        for route, name in ASKING
        for value in HOSTILE
    }
    assert [question for question, status in answers.items() if status >= 500] == []
