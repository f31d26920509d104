"""Which pairs a machine may match: bookable without asking anybody, and with a payer who is known.

The answer of every pair is put together from small tables: the choice of a route, the two requirements of
remiss and the payer ask for different facts, so each is decided once for the facts that it asks for.
`tests/law/test_gates.py` holds it together with `decide`.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from brokering.law.decision import bookable
from brokering.law.facts import Facts, Responsibility, Route
from brokering.law.payer import Payer, payer
from brokering.law.requirement import Requirement, care_requirement, home_requirement
from brokering.law.routes import Bookable, Choice, choice
from brokering.law.rulebook import RuleBook
from brokering.law.table import Distinctions, OfferClass, SeekerClass, numbered

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int8]

CHOICES, REQUIREMENTS = tuple(Bookable), tuple(Requirement)
ANYWHERE = "anywhere"
"""In place of a region that an answer does not ask for."""
ASKED = 128
"""How many questions a process remembers the answer of: those of a round, a care each."""
CHOSEN = frozenset({Route.FREE_CHOICE, Route.INPATIENT_CHOICE})

_YES = np.array(
    [
        [[bookable(Choice(one, ()), home, care) == Bookable.YES for care in REQUIREMENTS]
         for home in REQUIREMENTS]
        for one in CHOICES
    ]
)  # fmt: skip


def open_pairs(
    seekers: Sequence[SeekerClass], offers: Sequence[OfferClass], *, on: date, rules: RuleBook
) -> Bools:
    """Seekers × offers: whether the law says yes and names a payer; a route that is astray is closed."""
    if not seekers or not offers:
        return np.zeros((len(seekers), len(offers)), bool)
    return _open_pairs(tuple(seekers), tuple(offers), on, rules)


@lru_cache(maxsize=ASKED)
def _open_pairs(
    seekers: tuple[SeekerClass, ...], offers: tuple[OfferClass, ...], on: date, rules: RuleBook
) -> Bools:
    """The same question has the same answer; it is not to be written to."""
    found = _Pairs(seekers, offers, on, rules).open()
    found.setflags(write=False)
    return found


@dataclass(frozen=True)
class _Pairs:
    """The classes, and what the rules can tell apart of them."""

    seekers: Sequence[SeekerClass]
    offers: Sequence[OfferClass]
    on: date
    rules: RuleBook

    def open(self) -> Bools:
        """The tables put together."""
        known = Distinctions(self.rules, frozenset(offer.care.code for offer in self.offers))
        resident = [known.of_seeker(_resident(one), self.on) for one in self.seekers]
        stateless = [known.of_seeker(_regionless(_resident(x)), self.on) for x in self.seekers]
        billed = [known.of_seeker(_regionless(one), self.on) for one in self.seekers]
        places = [known.of_offer(offer) for offer in self.offers]
        somewhere = [known.of_offer(_regionless_offer(offer)) for offer in self.offers]
        chosen = self._table(stateless, somewhere, self._choice)
        home = self._table(resident, somewhere, self._home)
        care = self._table(stateless, places, self._care)
        found: Bools = _YES[chosen, home, care] & ~self._astray()
        for number, requirement in enumerate(REQUIREMENTS):
            paid = self._table(billed, somewhere, partial(_is_paid, requirement))
            found &= (home != number) | (paid == 1)
        return found

    def _choice(self, facts: Facts) -> int:
        return CHOICES.index(choice(facts).bookable)

    def _home(self, facts: Facts) -> int:
        return REQUIREMENTS.index(home_requirement(facts, self.rules).requirement)

    def _care(self, facts: Facts) -> int:
        return REQUIREMENTS.index(care_requirement(facts, self.rules).requirement)

    def _table(
        self, rows: Sequence[Hashable], columns: Sequence[Hashable], ask: Callable[[Facts], int]
    ) -> Numbers:
        """One answer for every pair, asked once for each pair of keys."""
        seekers, row = numbered(rows)
        offers, column = numbered(columns)
        cells = [
            [ask(self.offers[j].sought_by(self.seekers[i], self.on)) for j in offers]
            for i in seekers
        ]
        found: Numbers = np.array(cells, np.int8)[np.ix_(row, column)]
        return found

    def _astray(self) -> Bools:
        """Whether the route contradicts the two regions, as `check_route` says."""
        homes = np.array([one.patient.home_region or "" for one in self.seekers], object)
        regions = np.array([one.clinic.care_region for one in self.offers], object)
        own = np.array([one.route == Route.OWN_REGION for one in self.seekers])
        chosen = np.array([one.route in CHOSEN for one in self.seekers])
        is_home = homes[:, None] == regions[None, :]
        astray = np.where(is_home, chosen[:, None], own[:, None])
        found: Bools = astray & (homes != "")[:, None]
        return found


def _is_paid(home: Requirement, facts: Facts) -> int:
    return int(payer(facts, home).payer != Payer.UNDECIDED)


def _resident(seeker: SeekerClass) -> SeekerClass:
    """What a person's responsibility rests on concerns the payer alone."""
    return replace(seeker, patient=replace(seeker.patient, responsibility=Responsibility.RESIDENT))


def _regionless(seeker: SeekerClass) -> SeekerClass:
    """Whether there is a home region is asked more often than which."""
    region = None if seeker.patient.home_region is None else ANYWHERE
    return replace(seeker, patient=replace(seeker.patient, home_region=region))


def _regionless_offer(offer: OfferClass) -> OfferClass:
    return replace(offer, clinic=replace(offer.clinic, care_region=ANYWHERE))
