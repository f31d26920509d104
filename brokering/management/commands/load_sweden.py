"""Loads a synthetic Sweden, calibrated on the waiting statistics of December 2020."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.errors import Refusal
from accounts.selectors.actors import system_actor
from brokering.actions.sweden import AlreadySynthetic, loaded_waits, write
from brokering.sweden.closeness import Closeness, closeness
from brokering.sweden.rows import size
from brokering.sweden.scale import SCALES
from brokering.sweden.sources import read_sources
from brokering.sweden.waiting import waiting
from brokering.sweden.world import World
from providers.actions.reference import region_tenant_id

SWEDEN = ZoneInfo("Europe/Stockholm")


class Command(BaseCommand):
    """manage.py load_sweden."""

    help = "Load a synthetic Sweden: clinics, agreements, free times and people who wait, all invented."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Scale, seed and the day that the waits count back from."""
        parser.add_argument("--scale", choices=sorted(SCALES), default="demo")
        parser.add_argument("--seed", type=int, default=2021)
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            default=None,
            help="YYYY-MM-DD; default: today in Sweden",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the world with a progress bar; a database that has one is left as it is."""
        now = datetime.now(UTC)
        try:
            world = _world(options, now)
            counts = self._written(world, now)
        except AlreadySynthetic as refusal:
            self.stdout.write(f"{refusal} `make clean-data` starts over.")
            return
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"A synthetic Sweden ({world.scale.name}, seed {world.seed}, {world.today}): "
            f"{counts['brokering_referral']} waiting, {counts['providers_clinic']} clinics, "
            f"{counts['providers_slot']} free times. Every person, clinic and agreement is invented; "
            "published marginals are reproduced, joint tables are estimated (docs/synthetic-data.md)."
        )
        for line in _closeness(world).lines():
            self.stdout.write(line)

    def _written(self, world: World, now: datetime) -> dict[str, int]:
        with tqdm(total=size(world), unit=" rows", unit_scale=True, disable=None) as bar:
            return write(
                world, by=system_actor(), now=now, with_logins=settings.DEBUG, tell=bar.update
            )


def _closeness(world: World) -> Closeness:
    statistics = world.sources.statistics
    return closeness(
        loaded_waits(world.today),
        world.waiting,
        tuple(statistics.waits),
        tuple(statistics.region_shares),
        sum(part.total for part in waiting(statistics)),
    )


def _world(options: dict[str, Any], now: datetime) -> World:
    sources = read_sources()
    return World(
        sources=sources,
        scale=SCALES[options["scale"]],
        seed=options["seed"],
        today=options["today"] or now.astimezone(SWEDEN).date(),
        region_tenants={region.code: region_tenant_id(region.code) for region in sources.regions},
    )
