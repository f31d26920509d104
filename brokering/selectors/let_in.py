"""Whom law and terms may let in, told of home regions and routes alone: the others need not be read."""

from collections.abc import Iterable
from typing import NamedTuple

from brokering.law.facts import Route
from brokering.law.openings import may_let_in
from brokering.verdict import LawOn, Place, Seeker, facts_of
from contracts.terms import OpenForOthers, Terms


class LetIn(NamedTuple):
    """Only ever too generous: who is named may still be shut out, who is not named is."""

    own: frozenset[str] = frozenset()
    """Home regions whose patients may come on their own region's agreement."""
    away: frozenset[str] = frozenset()
    """Home regions whose patients may come on some other route."""
    routes: frozenset[Route] = frozenset()
    """Those other routes, whatever the home region."""

    def or_else(self, other: "LetIn") -> "LetIn":
        """Whom either lets in."""
        return LetIn(self.own | other.own, self.away | other.away, self.routes | other.routes)


def let_in(terms: Terms, place: Place, regions: Iterable[str], law: LawOn) -> LetIn:
    """Whom a lot lets in at a place, of some home regions."""
    taken = [
        region
        for region in regions
        if region in terms.buyers
        or region in terms.usable_by
        or terms.open_for_others is OpenForOthers.YES
    ]
    found = {
        (region, route)
        for region in taken
        for route in Route
        if may_let_in(
            facts_of(Seeker(home_region=region), place, terms, route, on=law.day), law.rules
        )
    }
    away = {(region, route) for region, route in found if route != Route.OWN_REGION}
    return LetIn(
        own=frozenset(region for region, _ in found - away),
        away=frozenset(region for region, _ in away),
        routes=frozenset(route for _, route in away),
    )
