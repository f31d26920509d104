"""What terms say of a care's clinics whoever asks: worked out once, and kept as long as they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from uuid import UUID

import numpy as np

from brokering.matching.reception import Reception
from brokering.selectors.alternatives import REROUTE_SEARCH_ORDER, search_step
from brokering.selectors.country.columns import Column
from brokering.selectors.country.kinds import Kinds, LotUse
from brokering.selectors.country.lot_types import EVERYWHERE
from brokering.selectors.country.needs import MODES
from brokering.selectors.country.places import Clinics
from contracts.models import ReleasePolicy
from contracts.terms import OpenForOthers, Terms

CLOSED = -1


class Standing:
    """Every clinic of a care by number, with every lot that it has, as if each had a place in every form."""

    def __init__(
        self,
        clinics: Clinics,
        terms: Mapping[UUID, list[Terms]],
        windows: Sequence[ReleasePolicy],
        today: date,
    ) -> None:
        self._terms = [terms.get(one, []) for one in clinics.ids]
        windowed = {policy.clinic_id for policy in windows}
        self.binds_reroutes = np.array(
            [
                one in windowed or any(lot.caps or lot.designated != EVERYWHERE for lot in here)
                for one, here in zip(clinics.ids, self._terms, strict=True)
            ],
            bool,
        )
        """By clinic, whether windows, caps or designations may close a reroute to some of its places."""
        self.kinds, self.clinic = self._kinds(clinics, today)
        """Every lot in every form and mode, whenever it is in force; and of each kind the clinic."""
        self._tiers: dict[tuple[str, bool, bool], Column] = {}

    def tiers(self, region: str, *, elsewhere: bool, rerouted: bool) -> Column:
        """By clinic where at best it stands in a home region's search order, CLOSED where nowhere."""
        asked = (region, elsewhere, rerouted)
        if asked not in self._tiers:
            steps = [[_step(lot, *asked) for lot in here] for here in self._terms]
            best = [min((x for x in own if x != CLOSED), default=CLOSED) for own in steps]
            self._tiers[asked] = np.array(best, np.int64)
        return self._tiers[asked]

    def _kinds(self, clinics: Clinics, today: date) -> tuple[Kinds, Column]:
        lots: list[LotUse] = []
        receptions: list[Reception] = []
        for clinic, here in enumerate(self._terms):
            for one, inpatient in product(here, (False, True)):
                # Who is designated when is left to the days that are read.
                terms = one if one.designated == EVERYWHERE else replace(one, designated=EVERYWHERE)
                lots.append(LotUse(str(len(lots)), terms, inpatient, clinic, today, today))
                spoken, premises = clinics.languages[clinic], clinics.premises[clinic]
                receptions += [Reception(mode, spoken, premises) for mode in MODES]
        of_kind = np.repeat(np.arange(len(lots)), len(MODES))
        kinds = Kinds(
            of_offer=np.arange(len(of_kind)),
            lots=tuple(lots),
            members=tuple((lot,) for lot in of_kind.tolist()),
            kept=np.zeros(len(of_kind), bool),
            receptions=tuple(receptions),
        )
        return kinds, np.array([lot.clinic for lot in lots], np.int64)[of_kind]


def _step(lot: Terms, region: str, elsewhere: bool, rerouted: bool) -> int:
    """The same of one lot; on every route but a reroute it is 0."""
    ours = region in lot.buyers or region in lot.usable_by
    if not ours and lot.open_for_others is not OpenForOthers.YES:
        return CLOSED
    if region in lot.buyers or elsewhere:
        # Its own region's patients come without a reroute; a choice of one's own has no order.
        return 0
    if not rerouted:
        return CLOSED
    return REROUTE_SEARCH_ORDER.index(search_step(lot, region))
