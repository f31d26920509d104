"""Compares what clients were told with what the database holds: nothing twice, nothing lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from config.launcher.drill.ledger import BOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import psycopg

    from config.launcher.drill.ledger import Deed

OUTCOMES = """
    SELECT principal_id::text, key, status, CASE WHEN text = '' THEN body ELSE text::jsonb END
      FROM accounts_outcome WHERE principal_id = ANY(%s::uuid[])
"""
BOOKINGS = """
    SELECT b.id::text, b.referral_id::text, b.state, b.booked_by_id::text, o.id::text,
           EXISTS (SELECT FROM brokering_approval a WHERE a.booking_id = b.id AND a.asked = 'clinic')
      FROM brokering_booking b LEFT JOIN brokering_offer o ON o.booking_id = b.id
     WHERE b.referral_id = ANY(%s::uuid[])
"""
TAKEN = """
    SELECT b.referral_id::text, c.slot_id::text FROM brokering_booking b
      JOIN providers_claim c ON c.id = b.claim_id
     WHERE b.state = 'booked' AND b.referral_id = ANY(%s::uuid[]) ORDER BY 1
"""
SLOTS = """
    SELECT source_key, id::text, state FROM providers_slot WHERE source_key LIKE 'drill-%%'
"""
AFTER = {
    "hold": {"held", "expired"},
    "confirm": {"booked"},
    "accept": {"booked"},
    "release": {"released"},
    "decline": {"released"},
    "cancel": {"cancelled"},
    "question": {"held", "released", "expired"},
    "grant": {"held", "expired"},
    "refuse": {"released"},
    "join": {"booked"},
}
"""What a booking may be when this was the last that anybody did with it."""
MAKES = frozenset({"hold", "question"})
"""Deeds of a patient that make a booking."""


class Outcome(NamedTuple):
    """The database's memory of one key."""

    status: int
    body: dict[str, object]


class Booking(NamedTuple):
    """A booking as the database has it."""

    id: str
    need: str
    state: str
    by: str
    offer: str | None
    asks_clinic: bool = False
    """Whether its clinic was asked to say yes first."""


@dataclass(frozen=True)
class Books:
    """What clients did and were told, and everything that the database holds of it."""

    deeds: Sequence[Deed]
    outcomes: Mapping[tuple[str, str], Outcome]
    """By user and key."""
    bookings: Mapping[str, Booking]
    slots: Sequence[tuple[str, str, str]]
    """Source key, id and state."""

    def outcome(self, deed: Deed) -> Outcome | None:
        """What came of a deed, known by its key; None: it was never carried out."""
        return self.outcomes.get((deed.user, deed.key))


def books_of(connection: psycopg.Connection, deeds: Sequence[Deed]) -> Books:
    """The database's side, read as the owner."""
    users = sorted({deed.user for deed in deeds})
    needs = sorted({deed.need for deed in deeds if deed.need})
    outcomes = {
        (user, key): Outcome(status, body)
        for user, key, status, body in connection.execute(OUTCOMES, [users])
    }
    bookings = [Booking(*row) for row in connection.execute(BOOKINGS, [needs]).fetchall()]
    slots = connection.execute(SLOTS).fetchall()
    return Books(deeds, outcomes, {one.id: one for one in bookings}, slots)


def findings(books: Books) -> list[str]:
    """Everything in which told and kept differ, a sentence each."""
    return [
        *_answers_differ(books),
        *_memories_differ(books),
        *_forgotten(books),
        *_too_late(books),
        *_bookings_differ(books),
        *_ghosts(books),
        *_places_differ(books),
    ]


def taken(connection: psycopg.Connection, needs: Sequence[str]) -> list[tuple[str, str]]:
    """Need and place of every booking that stands for some needs, read as the owner."""
    return [(need, slot) for need, slot in connection.execute(TAKEN, [list(needs)])]


def _answers_differ(books: Books) -> Iterator[str]:
    """All who heard of one key heard the same, to the byte; of a page only what came of it counts."""
    for deed in books.deeds:
        told = {(status, "" if deed.form else text) for status, text in deed.told}
        if len(told) > 1:
            statuses = sorted(status for status, _ in told)
            yield f"{deed.kind} {deed.key}: {len(told)} different answers {statuses}"


def _memories_differ(books: Books) -> Iterator[str]:
    """What the product said when it was asked by a key is what is kept, and is never forgotten again."""
    for deed in books.deeds:
        outcome = books.outcome(deed)
        said = [status for status, _ in deed.remembered]
        if any(first and not later for first, later in pairwise(said)):
            yield f"{deed.kind} {deed.key}: known by its key, and then not"
        known = [body for status, body in deed.remembered if status]
        if known and outcome is None:
            yield f"{deed.kind} {deed.key}: known by its key, and nothing is kept"
        elif deed.told and not deed.form and any(body != deed.answer for body in known):
            yield f"{deed.kind} {deed.key}: its key told another answer than was given"


def _too_late(books: Books) -> Iterator[str]:
    """Nobody gets a place that somebody else has booked."""
    for deed in books.deeds:
        if deed.kind == "late" and _is_done(books, deed):
            yield f"slot {deed.about}: booked by one, and then held by another"


def _forgotten(books: Books) -> Iterator[str]:
    """Whoever was told that it is done finds the same under the key."""
    for deed in books.deeds:
        outcome = books.outcome(deed)
        if deed.is_done and outcome is None:
            yield f"{deed.kind} {deed.key}: told {deed.status}, and the database knows nothing of it"
        elif outcome and deed.told and not deed.form and outcome.status != deed.status:
            yield f"{deed.kind} {deed.key}: told {deed.status}, kept {outcome.status}"
        elif deed.is_done and not deed.form and outcome and outcome.body != deed.answer:
            yield f"{deed.kind} {deed.key}: told another answer than is kept"


def _bookings_differ(books: Books) -> Iterator[str]:
    """Each booking is what the last deed that was carried out on it made it, or what a later place ended."""
    for booking, deeds in _by_booking(books).items():
        found = books.bookings.get(booking)
        if found is None:
            yield f"booking {booking}: made, and lost"
            continue
        last = deeds[-1]
        allowed = set(AFTER[last.kind])
        if last.kind in BOOKS and _is_replaced(books, last):
            allowed = {"cancelled"}
        if last.kind == "grant":
            # The patient's own deed may have begun before the region's, and been carried out after it.
            allowed |= {state for deed in deeds for state in AFTER[deed.kind]}
        if last.kind == "accept" and found.asks_clinic:
            # The yes has become a question to the clinic; the patient confirms after its answer.
            allowed |= {"held", "released", "expired"}
        if last.kind in MAKES and found.offer:
            allowed = {"held", "released", "expired"}
        if found.state not in allowed:
            yield f"booking {booking}: {last.kind} was the last, and it is {found.state}"


def _by_booking(books: Books) -> dict[str, list[Deed]]:
    found: dict[str, list[Deed]] = {}
    for deed in books.deeds:
        if deed.kind in AFTER and _is_done(books, deed):
            found.setdefault(_booking_of(books, deed), []).append(deed)
    return found


def _booking_of(books: Books, deed: Deed) -> str:
    outcome = books.outcome(deed)
    assert outcome is not None
    if deed.kind == "hold":
        return str(outcome.body["id"])
    if deed.kind in {"question", "grant", "refuse", "join"}:
        return str(outcome.body["booking"])
    if deed.kind in {"accept", "decline"}:
        return next((one.id for one in books.bookings.values() if one.offer == deed.about), "")
    return deed.about


def _is_replaced(books: Books, deed: Deed) -> bool:
    return any(
        one.need == deed.need
        and one.order > deed.order
        and one.kind in BOOKS
        and _is_done(books, one)
        for one in books.deeds
    )


def _ghosts(books: Books) -> Iterator[str]:
    """What patients have is what they asked for, once each."""
    made = Counter(
        _booking_of(books, deed)
        for deed in books.deeds
        if deed.kind in MAKES and _is_done(books, deed)
    )
    users = {deed.user for deed in books.deeds}
    for booking in books.bookings.values():
        if booking.by in users and made[booking.id] != 1:
            yield f"booking {booking.id}: there is one, and {made[booking.id]} were asked for"
    standing = Counter(one.need for one in books.bookings.values() if one.state == "booked")
    for need, count in standing.items():
        if count > 1:
            yield f"need {need}: {count} bookings stand"


def _places_differ(books: Books) -> Iterator[str]:
    """Every published time exists once; one that was taken back is withdrawn."""
    there = Counter(key for key, _, _ in books.slots)
    states = {slot: state for _, slot, state in books.slots}
    yield from (f"{key}: published {count} times" for key, count in there.items() if count > 1)
    for deed in books.deeds:
        outcome = books.outcome(deed)
        if outcome is None or not _is_done(books, deed):
            continue
        if deed.kind == "publish":
            yield from _missing(outcome, states)
        elif deed.kind == "withdraw" and states.get(deed.about) != "withdrawn":
            yield f"slot {deed.about}: withdrawn, and it is {states.get(deed.about)}"


def _missing(outcome: Outcome, states: Mapping[str, str]) -> Iterable[str]:
    items = outcome.body["items"]
    assert isinstance(items, list)
    made = [one["id"] for one in items if one["outcome"] == "created"]
    return (f"slot {slot}: published, and lost" for slot in made if slot not in states)


def _is_done(books: Books, deed: Deed) -> bool:
    outcome = books.outcome(deed)
    return outcome is not None and 200 <= outcome.status < 400
