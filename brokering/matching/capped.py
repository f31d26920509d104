"""What is proven of plans that volume caps have cut. Caps link cares, so it is said of all of them together.

No plan within the caps is better than the best one without them: on the lines before the first on which
the two differ nothing is better. From that line on levies (`exact.relaxed`) say how far off the plan may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from brokering.matching.encoding import TooLarge
from brokering.matching.exact.relaxed import Free, Linked
from brokering.matching.problem import Certificate
from brokering.matching.ranking import Counted, Line, order, value
from brokering.matching.snapshot import Settings

FROM_STEPS = 3
"""Lines from the step in the search order on."""
SECONDS = 3.0
"""For how long levies are sought."""


def certificate(
    free: Sequence[Free],
    paid: Mapping[str, int],
    left: Mapping[str, int],
    settings: Settings,
    seconds: float = SECONDS,
) -> Certificate:
    """What is proven of a plan within the caps that pays so much on each line, all problems together.

    `left`: the places left of each cap that cut the plan. A cap may make somebody take another way to the
    same place, whose step in the search order is another one: from there on nothing is told.
    """
    lines = order(settings)
    least = _added([value(one.problem, lines, one.plan.at) for one in free])
    stepped = any(one.problem.tier.any() for one in free)
    proven: list[str] = []
    for at, line in enumerate(lines):
        off = _unproven(free, line.code)
        if off is None:
            break
        if line.counted is Counted.SEARCH_STEP and stepped:
            return _told(proven, line.code, paid[line.code])
        short = paid[line.code] - least[line.code]
        if short and not off:
            until = len(lines) - FROM_STEPS if stepped else len(lines)
            tail = _Tail(lines[:at], lines[at:until], short)
            return _by_levies(free, left, tail, paid, seconds)
        if short + off:
            return _told(proven, line.code, short + off)
        proven.append(line.code)
    return Certificate(tuple(proven))


@dataclass(frozen=True)
class _Tail:
    """The lines from the first one on which caps cost something: it is `short` of the best without caps."""

    before: Sequence[Line]
    lines: Sequence[Line]
    short: int


def _by_levies(
    free: Sequence[Free],
    left: Mapping[str, int],
    tail: _Tail,
    paid: Mapping[str, int],
    seconds: float,
) -> Certificate:
    """What levies prove of the tail, line by line until one is not proven."""
    proven = [line.code for line in tail.before]
    first, until = tail.lines[0].code, monotonic() + seconds
    try:
        linked = Linked(free, tail.before, tail.lines, left)
    except TooLarge:
        return _told(proven, first, tail.short)
    for at, line in enumerate(tail.lines):
        least, is_best = linked.least(at, paid[line.code], until)
        if gap := paid[line.code] - least:
            return _told(proven, line.code, min(gap, tail.short) if at == 0 else gap)
        proven.append(line.code)
        if not is_best:
            break
    return Certificate(tuple(proven))


def _told(proven: Sequence[str], code: str, gap: int) -> Certificate:
    """Proven until a line, and how far off that one may be."""
    return Certificate(tuple(proven), {code: gap}) if gap else Certificate((*proven, code))


def _unproven(free: Sequence[Free], code: str) -> int | None:
    """How far the best plans without caps may be off on a line, 0 if proven; None where that is not known."""
    off = 0
    for one in free:
        told = one.plan.certificate
        if code not in told.proven:
            if code not in told.gap:
                return None
            off += told.gap[code]
    return off


def _added(each: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Figures of several problems, line by line."""
    return {code: sum(one[code] for one in each) for code in each[0]}
