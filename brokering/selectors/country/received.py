"""Which kinds of places receive people as they need it: decided once for all who have said the same."""

from collections.abc import Mapping, Sequence

import numpy as np

from brokering.matching.reception import SUITS, Reception, Wished, unsuited
from brokering.selectors.country.columns import Column
from brokering.selectors.country.needs import ELSE, ELSEWHERE_BIT, MODES, Vocabulary

NOWHERE = "?"
"""Stands for a word that no clinic knows."""


class Receptions:
    """Needs by what they have said (`of_need`); of each of those and each kind, whether it suits."""

    def __init__(
        self, of: Mapping[str, Column], words: Vocabulary, receptions: Sequence[Reception]
    ) -> None:
        said = np.stack((of["mode"], of["language"], of["premises"]), axis=1).astype(np.int64)
        each, number = np.unique(said, axis=0, return_inverse=True)
        self.of_need: Column = number.reshape(len(said))
        there = list(dict.fromkeys(receptions))
        wished = [_wished(int(row[0]), int(row[1]), int(row[2]), words) for row in each]
        table = [[unsuited(one, other) == SUITS for other in there] for one in wished]
        found = np.array(table, bool).reshape(len(wished), len(there))
        self.suits: Column = found[:, [there.index(one) for one in receptions]]


def _wished(mode: int, language: int, premises: int, words: Vocabulary) -> Wished:
    bits = (*enumerate(words.premises), (ELSEWHERE_BIT, NOWHERE))
    return Wished(
        mode=_word(mode, MODES),
        language=_word(language, words.languages),
        premises=frozenset(word for bit, word in bits if premises >> bit & 1),
    )


def _word(number: int, words: Sequence[str]) -> str:
    """The word behind a number, empty where none was said."""
    if number == ELSE:
        return NOWHERE
    return words[number - 1] if number else ""
