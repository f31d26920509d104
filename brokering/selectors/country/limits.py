"""Which lots take whom: what terms ask of a person, decided once for all whom no limit tells apart."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from brokering.matching.candidates import POSSIBLE, terms_refusal
from brokering.matching.snapshot import Lot, Need
from brokering.selectors.country.columns import Column
from brokering.selectors.country.kinds import Kinds
from brokering.selectors.country.needs import UNSAID, Vocabulary
from contracts.terms import Eligibility


class Limits:
    """Needs by class (`of_need`); for each class and lot, whether its terms take the person (`allowed`)."""

    def __init__(self, of: Mapping[str, Column], words: Vocabulary, kinds: Kinds) -> None:
        self._words = words
        rules, rule_of = kinds.limits
        traits = np.zeros(len(of["age"]), np.int64)
        for part, size in self._traits(of, rules):
            traits = traits * size + part
        _, first, self.of_need = np.unique(traits, return_index=True, return_inverse=True)
        taken = [
            [
                terms_refusal(terms_as_lot("", rule), self._person(of, int(at))) == POSSIBLE
                for rule in rules
            ]
            for at in first
        ]
        by_rule = np.array(taken, bool).reshape(len(first), len(rules))
        self.allowed: Column = by_rule[:, rule_of]

    def _traits(
        self, of: Mapping[str, Column], rules: Iterable[Eligibility]
    ) -> Iterable[tuple[Column, int]]:
        """Numbers that differ where some limit lies between two people, each with how many there may be."""
        bounds: dict[str, set[int]] = {"age": set(), "bmi": set(), "asa": set()}
        named: set[str] = set()
        for rule in rules:
            bounds["age"] |= {
                rule.age_min or 0,
                UNSAID if rule.age_max is None else rule.age_max + 1,
            }
            bounds["bmi"] |= set() if rule.bmi_max is None else {0, rule.bmi_max + 1}
            bounds["asa"] |= set() if rule.asa_max is None else {0, rule.asa_max + 1}
            named |= rule.excluded_needs
        for fact, at in bounds.items():
            yield np.searchsorted(sorted(at), of[fact], side="right"), len(at) + 1
        bits = sum(1 << bit for bit, word in enumerate(self._words.excluding) if word in named)
        sets, numbers = np.unique(of["excluding"] & bits, return_inverse=True)
        yield numbers, len(sets)

    def _person(self, of: Mapping[str, Column], row: int) -> Need:
        """What the terms ask of one need."""
        bmi, asa = int(of["bmi"][row]), int(of["asa"][row])
        bits = int(of["excluding"][row])
        words = enumerate(self._words.excluding)
        return Need(
            key="",
            care="",
            priority=1,
            waiting_since=date.min,
            home_region="",
            routes=(),
            age=int(of["age"][row]),
            bmi=None if bmi == UNSAID else bmi,
            asa=None if asa == UNSAID else asa,
            excluding_needs=frozenset(word for bit, word in words if bits >> bit & 1),
        )


def terms_as_lot(key: str, rules: Eligibility) -> Lot:
    """What a lot's terms ask of a person, as a snapshot holds it."""
    return Lot(
        key=key,
        age_from=rules.age_min,
        age_to=rules.age_max,
        bmi_to=rules.bmi_max,
        asa_to=rules.asa_max,
        excludes=rules.excluded_needs,
    )
