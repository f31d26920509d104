"""Writes a synthetic Sweden with COPY on the owner's connection, in one transaction."""

from collections.abc import Callable
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import connections, transaction

from accounts.errors import Refusal
from accounts.identity import encrypt, keyed_hash
from accounts.models import Event, User
from accounts.tenancy import Actor
from brokering.actions.bulk import bare, copy_in
from brokering.models import ClockEvent, Patient, Referral
from brokering.sweden.batch import Secrets
from brokering.sweden.closeness import Loaded
from brokering.sweden.logins import PASSWORD
from brokering.sweden.rows import batches
from brokering.sweden.world import World
from providers.models import Region, Slot

OWNER = "owner"
LOAD_LOCK = 0x5765_6465
"""Advisory lock: two loads at once would mix."""
MANY = (Slot, Patient, Referral, ClockEvent)
"""Most of the rows."""
DEMO_SALT = "vardbryggandemo"
"""One salt for the demo logins, whose password is public: the same seed writes the same rows."""


WAITS = """
SELECT r.home_region_id, r.care_id, count(*), count(*) FILTER (WHERE w.days > 180),
       count(*) FILTER (WHERE w.days > 365)
  FROM brokering_referral r
 CROSS JOIN LATERAL (SELECT %(on)s::date - coalesce(r.decided_on, r.issued_on, r.contact_on) AS days) w
 WHERE r.synthetic GROUP BY r.home_region_id, r.care_id
"""


class RealPeople(Refusal):
    """There are people in this database who are not synthetic; nothing was loaded."""

    code = "real_people_present"


class AlreadySynthetic(Refusal):
    """There is a synthetic Sweden in this database already; nothing was changed."""

    code = "synthetic_sweden_present"


class NoReference(Refusal):
    """The reference data is not loaded; run load_reference first."""

    code = "reference_not_loaded"


def write(
    world: World,
    *,
    by: Actor,
    now: datetime,
    with_logins: bool,
    tell: Callable[[int], object],
) -> dict[str, int]:
    """Write the world; rows per table. `tell` is called with how many rows came since the last time.

    Without `with_logins` the demo users exist but have no password. Raises RealPeople, AlreadySynthetic
    or NoReference, and then nothing has been written.
    """
    secrets = Secrets(
        seal=encrypt,
        keyed_hash=keyed_hash,
        password=make_password(PASSWORD, salt=DEMO_SALT) if with_logins else "!",
        writer=by.id,
    )
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOAD_LOCK])
        _refuse_unfit()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        counts: dict[str, int] = {}
        with bare(cursor, MANY):
            for batch in batches(world, secrets):
                counts[batch.table] = counts.get(batch.table, 0) + copy_in(cursor, batch, tell)
        _note(world, counts, by=by, now=now)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("ANALYZE")
        for model in MANY:
            # Reads of an index alone need to know which pages everyone may see.
            cursor.execute(f"VACUUM {model._meta.db_table}")
    return counts


def loaded_waits(on: date) -> Loaded:
    """How many wait in the database, and how many longer than half a year and a year, as on a day."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(WAITS, {"on": on})
        return {(region, care): (*counts,) for region, care, *counts in cursor.fetchall()}


def _refuse_unfit() -> None:
    people = Patient.objects.using(OWNER)
    logins = User.objects.using(OWNER).filter(is_patient=True, synthetic=False)
    if people.filter(synthetic=False).exists() or logins.exists():
        raise RealPeople
    if people.exists():
        raise AlreadySynthetic
    if not Region.objects.using(OWNER).exists():
        raise NoReference


def _note(world: World, counts: dict[str, int], *, by: Actor, now: datetime) -> None:
    Event.objects.using(OWNER).create(
        at=now,
        actor_id=by.id,
        noun="sweden",
        noun_id=world.scale.name,
        verb="loaded",
        data={"seed": world.seed, "today": world.today.isoformat(), "rows": counts},
    )
