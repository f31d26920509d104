"""`manage.py match`: run a round for one care or all, solve one again, or explain it for one need."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from accounts.selectors.actors import system_actor
from accounts.tenancy import acting_as
from brokering.actions.national_rounds import begin
from brokering.errors import RoundInputOutdated
from brokering.matching.engines import Engine
from brokering.models import Referral
from brokering.selectors.country.one_place import PlaceTold, told_of_last
from brokering.selectors.country.replay import Replay, replays
from brokering.selectors.country.rounds import dealt, told_of
from brokering.selectors.explanations import Told, explain
from brokering.selectors.upkeep import (
    cares_with_someone_waiting,
    region_tenants,
    waiting_by_care,
)
from brokering.tasks import offer_round, offered, together_now
from brokering.tasks.national import run_shard
from brokering.templatetags.worklist import why_words


class Command(BaseCommand):
    """One round, or the reasons of one."""

    help = "Match waiting referrals to free places; --explain says why this pair, why nobody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--care", help="code of the care to run a round for")
        what.add_argument("--all", action="store_true", help="every care with someone waiting")
        what.add_argument(
            "--replay",
            metavar="ROUND",
            help="id of a round: solve it again from its stored input and compare",
        )
        what.add_argument(
            "--explain", metavar="REFERRAL", help="referral id: why this place, why nobody"
        )
        what.add_argument(
            "--explain-place",
            metavar="PLACE",
            help="id of a place: why it went to whom it did in the last round that had it",
        )
        parser.add_argument(
            "--engine",
            choices=[engine.value for engine in Engine],
            help="run one round over all the cares with this engine, read column by column",
        )
        parser.add_argument("--json", action="store_true", help="print the summary as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["explain"]:
            return self._explain(options["explain"], as_json=options["json"])
        if options["explain_place"]:
            return self._explain_place(options["explain_place"], as_json=options["json"])
        if options["replay"]:
            return self._replay(options["replay"], as_json=options["json"])
        known = cares_with_someone_waiting()
        if options["care"] and options["care"] not in known:
            raise CommandError(
                f"Nobody is waiting for {options['care']!r}, or there is no such care."
            )
        cares = [options["care"]] if options["care"] else known
        if options["engine"]:
            return self._run_national(cares, options["engine"], as_json=options["json"])
        return self._run(cares, as_json=options["json"])

    def _run_national(self, cares: list[str], engine: str, *, as_json: bool) -> None:
        """One round over the cares, in this process, with offers; a line for each care and one for all."""
        national = begin(cares=cares, engine=Engine(engine), now=timezone.now())
        waiting = waiting_by_care()
        begun = perf_counter()
        asked = {care: waiting.get(care, 0) for care in cares}
        with tqdm(total=len(cares), unit=" cares", disable=as_json or None) as bar:
            for shard in dealt(asked, Engine(engine), workers=1, now=timezone.now()):
                for done in run_shard(national, shard, offers=settings.ROUND_OFFERS_MAX):
                    sent = sum(offered(one, now=timezone.now()) for one in done.first)
                    self._say(done.care, done.proposals, sent, as_json=as_json)
                bar.update(len(shard))
        told = told_of(national) | {"seconds": round(perf_counter() - begun, 2)}
        self.stdout.write(json.dumps(told, default=str) if as_json else _in_short(told))

    def _say(self, care: str, proposals: int, offers: int, *, as_json: bool) -> None:
        if as_json:
            told = {"care": care, "proposals": proposals, "offers": offers}
            self.stdout.write(json.dumps(told))
        else:
            self.stdout.write(f"{care}: {proposals} proposals, {offers} offers")

    def _replay(self, asked: str, *, as_json: bool) -> None:
        """Solve again what was stored; ends with an error where the answer is another one."""
        try:
            found = replays(UUID(asked))
        except ValueError as error:
            raise CommandError(f"{asked!r} is no id of a round.") from error
        if not found:
            raise CommandError(f"There is no round {asked!r}.")
        for one in found:
            line = json.dumps(asdict(one), default=str) if as_json else _replayed(one)
            self.stdout.write(line)
        if any(one.stored and one.readable and not one.is_same for one in found):
            raise CommandError("The answer is not the one that was written.")

    def _run(self, cares: list[str], *, as_json: bool) -> None:
        together = together_now(now=timezone.now())
        if len(together) > 1:
            told = json.dumps({"together": together})
            self.stdout.write(told if as_json else f"together: {together['offers']} offers")
        for care in cares:
            counts = offer_round(care, now=timezone.now())
            self._say(care, counts["proposals"], counts["offers"], as_json=as_json)

    def _explain_place(self, asked: str, *, as_json: bool) -> None:
        try:
            found = told_of_last(UUID(asked))
        except ValueError as error:
            raise CommandError(f"{asked!r} is no id of a place.") from error
        if found is None:
            raise CommandError(f"No round whose input is kept had a place {asked!r}.")
        if as_json:
            self.stdout.write(json.dumps(asdict(found), default=str, sort_keys=True))
            return
        for line in _of_place(found):
            self.stdout.write(line)

    def _explain(self, referral_id: str, *, as_json: bool) -> None:
        care, need_key = _need_of(referral_id)
        with acting_as(system_actor(*region_tenants())):
            found = explain(care, need_key, now=timezone.now())
        if as_json:
            self.stdout.write(json.dumps(asdict(found), default=str, sort_keys=True))
            return
        for line in _explained(found):
            self.stdout.write(line)


def _of_place(found: PlaceTold) -> Iterator[str]:
    """The answer of one place in words; people are counted, never named."""
    yield f"Round of {timezone.localtime(found.round_at):%Y-%m-%d %H:%M}"
    yield why_words(found.code)
    if found.holder:
        one = found.holder
        far = "" if one.distance_km is None else f" · {one.distance_km} km"
        yield (
            f"  need class {one.need_class} · waited {one.waited_days} days"
            f" · {one.lateness_days} days late{far}"
        )
    for code, people in found.others.items():
        yield f"  could have used it: {people} × {why_words(code)}"
    for code, people in found.removed.items():
        yield f"  could not: {people} × {why_words(code)}"


def _in_short(told: dict[str, Any]) -> str:
    figures = told["summary"]
    return (
        f"{told['id']}: {figures.get('proposals', 0)} of {figures.get('needs', 0)} needs in"
        f" {told['cares']} cares, {told['seconds']} s"
    )


def _explained(found: Told) -> Iterator[str]:
    """The answer in words, a line each."""
    if found.round_at:
        yield f"Round of {timezone.localtime(found.round_at):%Y-%m-%d %H:%M}"
    yield why_words(found.code)
    if found.place:
        place = found.place
        yield (
            f"  slot {place['slot_id']} · route {place['route']} · in time {place['in_time']}"
            f" · {place['distance_km']} km"
        )
    for word, option in (("rather", found.rather), ("second", found.second)):
        if option:
            yield f"  {word}: {option.clinic}, {option.day} {why_words(option.less) if option.less else ''}"
    if found.after_wish:
        yield f"  first lawful day after the wished period: {found.after_wish}"
    for code, places in found.taken.items():
        yield f"  taken: {places} × {why_words(code)}"
    for code, places in found.removed.items():
        clinics = found.clinics.get(code)
        yield f"  removed: {places} × {why_words(code)}{f' ({clinics} clinics)' if clinics else ''}"
        yield from (f"    {why_words(ground)}" for ground in found.grounds.get(code, ()))


def _replayed(one: Replay) -> str:
    if not one.stored:
        return f"{one.care}: its input is no longer kept"
    if not one.readable:
        return f"{one.care}: {RoundInputOutdated.default_sentence()}"
    pairs = "no longer kept" if one.same_pairs is None else _same(one.same_pairs)
    return (
        f"{one.care}: input {_same(one.same_input)}, figures {_same(one.same_figures)},"
        f" proposals {pairs}"
    )


def _same(is_same: bool) -> str:
    return "the same" if is_same else "NOT the same"


def _need_of(referral_id: str) -> tuple[str, str]:
    """Care and opaque key of a referral; the command runs as the operator, on the owner's connection."""
    try:
        row = Referral.objects.using("owner").get(id=UUID(referral_id))
    except (ValueError, Referral.DoesNotExist) as error:
        raise CommandError(f"There is no referral {referral_id!r}.") from error
    return row.care_id, str(row.need_key)
