"""Identifiers that can belong to nobody: test numbers, reserve numbers, ids that follow from the seed."""

import uuid
from collections import Counter
from datetime import date

from providers.codes import luhn

NAMESPACE = uuid.UUID("1d9f5e3a-7b1c-5e43-8f50-2b8f3a0c6d11")
TEST_BIRTH_NUMBERS = {"K": "238", "M": "239"}
"""Birth numbers of the Tax Agency's test persons (Skatteverket): even for women, odd for men."""


def stable_id(seed: int, kind: str, key: object) -> uuid.UUID:
    """The id of one synthetic row: the same seed, kind and key give the same id."""
    return uuid.uuid5(NAMESPACE, f"{seed}:{kind}:{key}")


def organisation_number(number: int) -> str:
    """Format-valid and invented: no organisation number begins with 4. `number` is at most 999,999."""
    digits = f"402{number:06d}"
    return f"{digits}{luhn(digits)}"


def hsa_id(organisation: str, number: int) -> str:
    """Format-valid and invented, as its organisation number is."""
    return f"SE{organisation}-P{number:05d}"


class Identities:
    """Hands out one identity per person.

    The first person of each birth date and sex gets the test number of that day; there is only one, so
    everyone after gets a reserve number: the birth date, T (for temporary) and three digits, which is
    no personal identity number at all.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._reserves: Counter[date] = Counter()

    def next(self, born: date, sex: str) -> str:
        """Twelve characters; raises ValueError after a thousand reserve numbers on one birth date."""
        number = personal_test_number(born, sex)
        if number not in self._taken:
            self._taken.add(number)
            return number
        count = self._reserves[born]
        if count > 999:
            raise ValueError("no reserve number is left for a birth date")
        self._reserves[born] += 1
        return f"{born:%Y%m%d}T{count:03d}"


def personal_test_number(born: date, sex: str) -> str:
    """The test number of a birth date and sex ("K" or "M"), check digit included."""
    birth_number = TEST_BIRTH_NUMBERS[sex]
    return f"{born:%Y%m%d}{birth_number}{luhn(f'{born:%y%m%d}{birth_number}')}"
