"""Every address asks who is there, or is named here as public, with the reason."""

import re
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
    "api/v1/slots/search POST": "the same, with what may stand in no address; nothing entered is kept",
    "sok/om-dig/": "who is not logged in may say what terms ask; it stays in their session",
    "api/v1/capacity GET": "the capacity plane is open to read",
    "mottagning/<uuid:clinic_id>/uppgifter/": "how far a clinic's word holds is for everyone",
    "mottagning/<uuid:clinic_id>/prognos/": "what a queue can expect, and how often it held, is for everyone",
    "api/v1/clinics/<uuid:clinic_id>/forecasts": "the same as data",
    "": "the first page",
    "sok/": "anyone may search the country",
    "tid/<uuid:slot_id>/": "what a time means, before anyone logs in",
    "fhir/$bulk-publish": "the free times of the country, for anyone to fetch",
    "fhir/bulk/<str:name>": "the files of that publication",
    "far-jag/ GET": "the calculator is for anyone",
    "api/v1/decisions POST": "the calculator is for anyone; nothing entered is kept",
    "fhir/metadata GET": "what the FHIR face can do",
    "fhir/$decide POST": "the calculator in FHIR; nothing entered is kept",
    "avtal/ GET": "who has agreements with whom is open to everyone",
    "avtal/<uuid:agreement_id>/ GET": "one agreement; what is confidential in it is kept back",
    "avtal/parter/ GET": "who may sign for regions is public",
    "api/v1/parties GET": "the same as data",
    "utsedda/": "which clinics are designated for a care is public",
    "api/v1/designations GET": "the same as data",
    "remissregler/ GET": "the regions' referral rules are open to everyone",
    r"^remissregler/(?P<code>[0-9]{2})/$ GET": "the rules of a region, with their history",
    r"^remissregler/(?P<code>[0-9]{2})\.csv$ GET": "the same as a file",
    "remissregler/regel/<int:rule_id>/ GET": "one rule, with its history",
    "api/v1/referral-rules GET": "the rules as data",
    "api/v1/terms GET": "agreements are public; what is confidential in them is left out",
    "api/v1/agreements GET": "agreements are public; what is confidential in them is left out",
    "api/v1/agreements/export.csv GET": "the same as a file",
    "api/v1/agreements/export.json GET": "the same as a file",
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
    return "/" + re.sub(r"\(\?P<\w+>\[0-9\]\{2\}\)", "01", route).strip("^$").replace("\\.", ".")


def lets_in(route: str, method: str) -> bool:
    """Whether somebody without a login gets anything but the way to the login or a refusal."""
    answer = Client(raise_request_exception=False).generic(
        method, asked(route), data="{}", content_type="application/json"
    )
    to_login = answer.status_code == 302 and answer["Location"].startswith("/konto/logga-in/")
    return not to_login and answer.status_code not in {401, 405}


ROUTES = sorted(set(addresses(get_resolver().url_patterns)) - PUBLIC.keys())


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_is_let_in(database, route):
    guarded = [method for method in METHODS if f"{route} {method}" not in PUBLIC]
    assert [method for method in guarded if lets_in(route, method)] == []


def test_only_addresses_that_there_are_stand_as_public():
    there = set(addresses(get_resolver().url_patterns))
    assert {named.partition(" ")[0] for named in PUBLIC} <= there


def test_an_address_that_lets_anyone_in_is_found(database):
    assert lets_in("sok/", "GET")
