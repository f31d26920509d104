"""How patients are received at a place, and what a person has said they need of it."""

from dataclasses import dataclass

ON_SITE = "on_site"
SUITS = ""


@dataclass(frozen=True, slots=True)
class Reception:
    """On site or by video; the languages beside Swedish and the premises that the clinic says it has.

    What a clinic has not said is not known, and nobody who needs it is sent there on a guess.
    """

    mode: str = ON_SITE
    languages: frozenset[str] = frozenset()
    premises: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wished:
    """Limits that a person has stated; what is empty was not stated.

    An interpreter is no such limit: information is adapted to the patient's language wherever the care is
    given (3 kap. 6 § patientlagen), so who needs one may have every place.
    """

    mode: str = ""
    language: str = ""
    premises: frozenset[str] = frozenset()


def unsuited(wished: Wished, there: Reception) -> str:
    """The first wish that a place does not meet, as a code, or SUITS. A visit by video needs no premises."""
    if wished.mode and wished.mode != there.mode:
        return "other_mode"
    if wished.language and wished.language not in there.languages:
        return "language_not_offered"
    if there.mode == ON_SITE and not wished.premises <= there.premises:
        return "premises_not_stated"
    return SUITS
