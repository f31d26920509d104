"""What would become of each line of a file of referral rules, against the rules that a region has."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from contracts import models
from contracts.reference import RULE_COLUMNS, ReadRule, read_rules_text
from contracts.selectors.rules import rule_of
from contracts.terms import DAY, ReferralRule, RuleChange, Scope, within
from providers.models import Care

Outcome = Literal["added", "replaced", "ended", "confirmed", "unchanged", "refused"]
MAY_DIFFER = {"valid_to", "checked"}


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one line: its outcome, and for a refused one the column and why."""

    line: int
    outcome: Outcome
    rule: ReferralRule | None = None
    target: int | None = None
    """The present row that is replaced, ended or confirmed."""
    before: ReferralRule | None = None
    column: str = ""
    why: str = ""


@dataclass(frozen=True)
class ImportPlan:
    """The fate of every line, in the file's order."""

    fates: tuple[Fate, ...]

    @property
    def refused(self) -> tuple[Fate, ...]:
        """The lines that cannot be saved; with one of them nothing is."""
        return tuple(fate for fate in self.fates if fate.outcome == "refused")

    @property
    def changing(self) -> tuple[Fate, ...]:
        """The lines that change something."""
        return tuple(fate for fate in self.fates if fate.outcome not in {"refused", "unchanged"})

    @property
    def change(self) -> RuleChange:
        """What the file changes in law: confirmations change nothing there."""
        adds = [
            fate.rule for fate in self.fates if fate.rule and fate.outcome in {"added", "replaced"}
        ]
        ends = [last for fate in self.fates if (last := _last_day(fate))]
        return RuleChange(ends=tuple(ends), adds=tuple(adds))


def plan_import(text: str, *, file: str, region: str, on: date) -> ImportPlan:
    """The fate of every line if the file were read in on that day.

    Raises UnreadableReference when the text is no CSV with these columns.
    """
    cares = set(Care.objects.values_list("code", flat=True))
    read = read_rules_text(text, file=file)
    unfit = {one.line: fate for one in read if (fate := _unfit(one, region, cares, on))}
    fit = {one.line: one.rule for one in read if one.rule and one.line not in unfit}
    planned = unfit | {fate.line: fate for fate in _plans(fit, _present(region))}
    return ImportPlan(tuple(planned[one.line] for one in read))


@dataclass
class _Present:
    """A rule that the region has, or would have once the lines so far were saved."""

    id: int | None
    rule: ReferralRule
    before: ReferralRule


def _present(region: str) -> dict[Scope, list[_Present]]:
    found: dict[Scope, list[_Present]] = {}
    for row in models.ReferralRule.objects.filter(region=region).order_by("valid_from"):
        rule = rule_of(row)
        if not rule.was_taken_back:
            found.setdefault(rule.scope, []).append(_Present(row.id, rule, rule))
    return found


def _unfit(read: ReadRule, region: str, cares: set[str], on: date) -> Fate | None:
    if read.rule is None:
        column = str(read.fault.data["column"]) if read.fault else ""
        return _refused(read.line, None, column, "unreadable")
    checks = (
        ("region", "other_region", read.rule.region != region),
        ("care", "unknown_care", read.rule.care not in cares),
        ("checked", "in_future", read.rule.checked is None or read.rule.checked > on),
    )
    found = next(((column, why) for column, why, holds in checks if holds), None)
    return _refused(read.line, read.rule, *found) if found else None


def _plans(fit: dict[int, ReferralRule], present: dict[Scope, list[_Present]]) -> Iterator[Fate]:
    """Each line against the region's rules; lines of one scope in the order in which they begin."""
    by_scope: dict[Scope, list[tuple[int, ReferralRule]]] = {}
    for line, rule in fit.items():
        by_scope.setdefault(rule.scope, []).append((line, rule))
    for scope, lines in by_scope.items():
        lines.sort(key=lambda item: (item[1].valid_from or date.min, item[0]))
        there = present.setdefault(scope, [])
        stated = dict(lines)
        for line, rule, overlapping in _in_turn(lines):
            if overlapping:
                yield _refused(line, rule, "valid_from", "overlaps_in_file")
            else:
                yield _plan(line, rule, there, rule.valid_to != stated[line].valid_to)


def _in_turn(
    lines: list[tuple[int, ReferralRule]],
) -> Iterator[tuple[int, ReferralRule, bool]]:
    """Line, rule, and whether it overlaps the line before; an open end stops where the next begins."""
    lasts = [_until(one, following) for (_, one), (_, following) in pairwise(lines)]
    until: date | None = None
    for (line, rule), last in zip(lines, [*lasts, lines[-1][1].valid_to], strict=True):
        overlapping = until is not None and _first(rule) <= until
        yield line, replace(rule, valid_to=last), overlapping
        until = last if until is None or last is None else max(until, last)


def _until(rule: ReferralRule, following: ReferralRule) -> date | None:
    same = rule.valid_to is not None or rule.valid_from == following.valid_from
    return (rule.valid_to or rule.valid_from) if same else _first(following) - DAY


def _plan(line: int, rule: ReferralRule, there: list[_Present], implied: bool) -> Fate:
    same = next((one for one in there if one.rule.valid_from == rule.valid_from), None)
    if same is not None:
        return _against(line, rule, same, implied)
    across = [one for one in there if _overlap(one.rule, rule)]
    if not across:
        there.append(_Present(None, rule, rule))
        return Fate(line=line, outcome="added", rule=rule)
    old = across[0]
    open_ended = len(across) == 1 and old.id is not None and old.rule.valid_to is None
    if not open_ended or _first(old.rule) > _first(rule):
        return _refused(line, rule, "valid_from", "overlaps")
    old.rule = replace(old.rule, valid_to=_first(rule) - DAY)
    there.append(_Present(None, rule, rule))
    return Fate(line=line, outcome="replaced", rule=rule, target=old.id, before=old.before)


def _against(line: int, rule: ReferralRule, same: _Present, implied: bool) -> Fate:
    """A line about a rule that is there: it may give it a last day or a later check, nothing else."""
    differing = [name for name in RULE_COLUMNS if getattr(rule, name) != getattr(same.rule, name)]
    fixed = [name for name in differing if name not in MAY_DIFFER]
    if fixed:
        return _refused(line, rule, fixed[0], "never_overwritten")
    about: dict[str, Any] = {"line": line, "rule": rule, "target": same.id, "before": same.before}
    if implied and same.rule.valid_to is None:
        # The line left the end open: the line that follows says that it replaces this rule.
        differing.remove("valid_to")
    if "valid_to" in differing and same.rule.valid_to is not None:
        return _refused(line, rule, "valid_to", "ended_already")
    if "valid_to" in differing:
        same.rule = replace(same.rule, valid_to=rule.valid_to)
        return Fate(outcome="ended", **about)
    later = (rule.checked or date.min) > (same.rule.checked or date.min)
    later = later and within(rule.checked or date.min, None, same.rule.valid_to)
    return Fate(outcome="confirmed" if later else "unchanged", **about)


def _overlap(one: ReferralRule, other: ReferralRule) -> bool:
    return within(_first(one), other.valid_from, other.valid_to) or within(
        _first(other), one.valid_from, one.valid_to
    )


def _first(rule: ReferralRule) -> date:
    return rule.valid_from or date.min


def _last_day(fate: Fate) -> tuple[ReferralRule, date] | None:
    if fate.before is None or fate.rule is None:
        return None
    if fate.outcome == "replaced":
        return fate.before, _first(fate.rule) - DAY
    if fate.outcome == "ended" and fate.rule.valid_to:
        return fate.before, fate.rule.valid_to
    return None


def _refused(line: int, rule: ReferralRule | None, column: str, why: str) -> Fate:
    return Fate(line=line, outcome="refused", rule=rule, column=column, why=why)
