"""On which routes the law may let anybody in from a region at all: where it says no, it says so to everyone.

`tests/law/test_openings.py` holds it together with `decide`.
"""

from dataclasses import replace

from brokering.law.errors import RouteMismatch
from brokering.law.facts import Facts, Guarantee
from brokering.law.requirement import Requirement, care_requirement
from brokering.law.routes import Bookable, check_route, choice, is_valid_reroute
from brokering.law.rulebook import RuleBook


def may_let_in(facts: Facts, rules: RuleBook) -> bool:
    """Whether somebody with the home region may come on the route; who they are beside that is not asked.

    Only ever too generous: what the person's remiss, age, approval or guarantee lacks is not looked at.
    """
    at_best = replace(facts, need_approved_by_home=True, guarantee=Guarantee.BESOK)
    try:
        check_route(at_best)
    except RouteMismatch:
        return False
    if choice(at_best).bookable != Bookable.YES:
        return False
    return is_valid_reroute(at_best) or not _is_unknown_to_all(at_best, rules)


def _is_unknown_to_all(facts: Facts, rules: RuleBook) -> bool:
    """Whether nobody can be told what the care region requires: it has no rule there, and declares none."""
    if rules.has_any(facts.clinic.care_region, facts.care.code):
        return False
    # Without rules an unknown requirement is unknown whatever the remiss and the age.
    return care_requirement(facts, rules).requirement == Requirement.UNKNOWN
