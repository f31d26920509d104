"""Where a feed may be fetched from: the open net alone, decided on the number that is then connected to."""

import pytest

from providers.feeds.addresses import Openness, check_looks, checked, is_open
from providers.feeds.faults import FeedProblem, Problem

WEB = Openness(ports=frozenset({80, 443}))
INSIDE = [
    "127.0.0.1",
    "127.255.0.9",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "192.0.0.8",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "nonsense",
    "192.0.0.192",
    "168.63.129.16",
]


@pytest.mark.parametrize("number", INSIDE)
def test_an_address_inside_is_not_open(number):
    assert not is_open(number)


@pytest.mark.parametrize(
    "number", ["8.8.8.8", "193.10.5.1", "2a00:1450:4001::200e", "::ffff:8.8.8.8"]
)
def test_an_address_on_the_net_is_open(number):
    assert is_open(number)


def test_the_number_that_was_checked_is_the_one_that_is_connected_to():
    found = checked("https://example.se/a?b=1", WEB, lambda host, port: ["8.8.8.8", "8.8.4.4"])
    assert (found.number, found.host, found.port) == ("8.8.8.8", "example.se", 443)
    assert (found.target, found.authority) == ("/a?b=1", "example.se")


def test_a_name_that_also_points_inside_is_not_trusted():
    with pytest.raises(FeedProblem) as refused:
        checked("https://example.se/", WEB, lambda host, port: ["8.8.8.8", "10.0.0.1"])
    assert refused.value.code == Problem.ADDRESS_NOT_OPEN


def test_a_name_that_nobody_knows_is_told_as_that():
    def unknown(host, port):
        raise OSError("no such host")

    with pytest.raises(FeedProblem) as refused:
        checked("https://example.se/", WEB, unknown)
    assert refused.value.code == Problem.ADDRESS_UNKNOWN


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://example.se/x", Problem.ADDRESS_UNREADABLE),
        ("file:///etc/passwd", Problem.ADDRESS_UNREADABLE),
        ("https:///x", Problem.ADDRESS_UNREADABLE),
        ("https://exa mple.se/", Problem.ADDRESS_UNREADABLE),
        ("https://example.se:99999/", Problem.ADDRESS_UNREADABLE),
        ("https://example.se/\x00", Problem.ADDRESS_UNREADABLE),
        ("https://user:word@example.se/", Problem.ADDRESS_HAS_LOGIN),
        ("https://example.se:22/", Problem.PORT_NOT_ALLOWED),
        ("http://example.se:6379/", Problem.PORT_NOT_ALLOWED),
        ("http://127.0.0.1/", Problem.ADDRESS_NOT_OPEN),
        ("http://[::1]/", Problem.ADDRESS_NOT_OPEN),
        ("http://169.254.169.254/latest/meta-data", Problem.ADDRESS_NOT_OPEN),
    ],
)
def test_an_address_is_refused_by_its_looks(url, problem):
    with pytest.raises(FeedProblem) as refused:
        check_looks(url, WEB)
    assert refused.value.code == problem


def test_a_decimal_number_for_a_name_is_judged_by_where_it_leads():
    with pytest.raises(FeedProblem) as refused:
        checked("http://2130706433/", WEB)
    assert refused.value.code == Problem.ADDRESS_NOT_OPEN
