"""Fixtures of the publishers' tests."""

import pytest

from tests.factories import a_clinic
from tests.providers.polling import added
from tests.providers.publisher import publishing


@pytest.fixture
def source(database, settings, tmp_path):
    """A publisher's server that may be asked."""
    with publishing() as site:
        settings.FEED_TEST_SERVERS = frozenset({site.origin.removeprefix("http://")})
        settings.FEED_FOLDER = tmp_path
        yield site


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def feed(source, clinic):
    return added(clinic, f"{source.origin}/$bulk-publish")
