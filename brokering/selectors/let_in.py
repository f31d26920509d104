"""Whom law and terms may let in, told of home regions and routes alone: the others need not be read."""

from collections import defaultdict
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
    alike = defaultdict[tuple[str, bool], set[str]](set)
    for region in regions:
        ours = region in terms.buyers or region in terms.usable_by
        if ours or terms.open_for_others is OpenForOthers.YES:
            carries = terms.care_region(region, place.clinic_region)
            alike[carries, carries == region].add(region)
    found = LetIn()
    for those in alike.values():
        # Which other region somebody comes from changes nothing of what is asked here.
        one = Seeker(home_region=min(those))
        asked = {route: facts_of(one, place, terms, route, on=law.day) for route in Route}
        routes = {route for route, facts in asked.items() if may_let_in(facts, law.rules)}
        found = found.or_else(_of(frozenset(those), routes))
    return found


def _of(regions: frozenset[str], routes: set[Route]) -> LetIn:
    """Some home regions with the routes that are open to all of them alike."""
    away = frozenset(routes - {Route.OWN_REGION})
    nobody = frozenset[str]()
    return LetIn(
        own=regions if Route.OWN_REGION in routes else nobody,
        away=regions if away else nobody,
        routes=away,
    )
