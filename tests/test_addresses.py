"""Every address asks who is there, or is named here as public, with the reason."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {
    "healthz": "machines ask whether the process lives",
    "readyz": "machines ask whether it can answer; it names no data",
    "metrics": "counts without persons",
    "sprak/setlang/": "a language is chosen before anyone logs in",
    "api/v1/schema": "the description of the API",
    "konto/logga-in/": "where one logs in",
    "konto/logga-ut/": "harmless for nobody",
    "api/v1/clinics": "the capacity plane is open to read",
    "api/v1/cares": "the care catalogue is open",
    "api/v1/regions": "the regions are open",
    "api/v1/slots GET": "anyone may search the country",
    "": "the first page",
    "sok/": "anyone may search the country",
    "tid/<uuid:slot_id>/": "what a time means, before anyone logs in",
    "vantetider/": "published statistics",
    "vantetider/uppskattning/": "published statistics, fitted; no person in them",
}
SOMETHING = {
    "str": "something",
    "uuid": UUID("00000000-0000-4000-8000-000000000001"),
    "int": 1,
    "slug": "something",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address as it is written, with its converters."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route


def asked(route: str) -> str:
    """The address with something in every place."""
    for kind, value in SOMETHING.items():
        while f"<{kind}:" in route:
            start, _, rest = route.partition(f"<{kind}:")
            route = f"{start}{value}{rest.partition('>')[2]}"
    return f"/{route}"


GUARDED = [
    (route, method)
    for route in sorted(set(addresses(get_resolver().url_patterns)))
    for method in METHODS
    if route not in PUBLIC and f"{route} {method}" not in PUBLIC
]


@pytest.mark.parametrize(("route", "method"), GUARDED, ids=lambda part: part)
def test_nobody_is_let_in(database, route, method):
    answer = Client(raise_request_exception=False).generic(
        method, asked(route), data="{}", content_type="application/json"
    )
    is_asked_to_log_in = answer.status_code == 302 and answer["Location"].startswith(
        "/konto/logga-in/"
    )
    assert is_asked_to_log_in or answer.status_code in {401, 405}, answer.status_code


def test_only_addresses_that_there_are_stand_as_public():
    there = set(addresses(get_resolver().url_patterns))
    assert {named.partition(" ")[0] for named in PUBLIC} <= there


def test_an_address_that_lets_anyone_in_would_be_found(database):
    assert Client().get("/sok/").status_code == 200
