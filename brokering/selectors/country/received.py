"""Which kinds of places receive people as they need it: decided once for all who have said the same."""

from collections.abc import Mapping, Sequence

import numpy as np

from brokering.matching.reception import SUITS, Wished, unsuited
from brokering.selectors.country.columns import Column
from brokering.selectors.country.kinds import Kinds
from brokering.selectors.country.needs import ELSE, ELSEWHERE_BIT, MODES, Vocabulary

NOWHERE = "?"
"""Stands for a word that no clinic knows."""


class Receptions:
    """Needs by what they have said (`of_need`); of each of those and each kind, whether it suits."""

    def __init__(self, of: Mapping[str, Column], words: Vocabulary, kinds: Kinds) -> None:
        spoken = of["mode"].astype(np.int64) * (ELSE + 1) + of["language"]
        _, spoken = np.unique(spoken, return_inverse=True)
        premises, rooms = np.unique(of["premises"], return_inverse=True)
        _, first, self.of_need = np.unique(
            spoken * len(premises) + rooms, return_index=True, return_inverse=True
        )
        there, there_of = kinds.received
        said = zip(of["mode"][first], of["language"][first], of["premises"][first], strict=True)
        wished = [_wished(int(mode), int(word), int(bits), words) for mode, word, bits in said]
        table = [[unsuited(one, other) == SUITS for other in there] for one in wished]
        found = np.array(table, bool).reshape(len(wished), len(there))
        self.suits: Column = found[:, there_of]


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
