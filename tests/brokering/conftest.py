"""What most stories of brokering begin with: a clinic at home with an agreement, and somebody who waits."""

import pytest

from tests.factories import a_clinic, a_patient, a_referral, an_agreement


@pytest.fixture
def clinic(database):
    return a_clinic()


@pytest.fixture
def lot(clinic):
    return an_agreement(clinic)


@pytest.fixture
def alice(database):
    return a_referral(a_patient("Alice"))
