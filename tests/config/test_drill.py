"""The drill's own eyes: each way of losing or doubling something is seen, and faults leave a way back."""

import json
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from config.launcher.drill import afterwards, calls, faults
from config.launcher.drill.books import Booking, Books, Outcome, findings
from config.launcher.drill.calls import Line
from config.launcher.drill.ledger import Deed, Ledger, Log
from config.launcher.drill.patients import Board
from config.launcher.drill.screens import Screen

USER, NEED, BOOKING, SLOT = "user", "need", "booking", "slot"


def a_deed(kind: str, order: int = 0, *, told: int = 200, about: str = BOOKING, **also) -> Deed:
    fields = {"user": USER, "cookie": "", "path": "/", "body": "{}", "need": NEED} | also
    deed = Deed(kind=kind, key=f"{kind}-{order}", order=order, about=about, **fields)
    if told:
        deed.told.append((told, json.dumps(kept_of(deed).body)))
    return deed


def kept_of(deed: Deed, status: int = 200) -> Outcome:
    bodies = {"publish": {"items": [{"outcome": "created", "id": SLOT}]}}
    return Outcome(status, bodies.get(deed.kind, {"id": BOOKING, "booking": BOOKING}))


def a_world(*deeds: Deed, state: str = "booked", slots=(), lost=(), **also) -> Books:
    """Books in which every deed was carried out, but for the lost ones."""
    outcomes = {(one.user, one.key): kept_of(one) for one in deeds if one.kind not in lost}
    booking = Booking(BOOKING, NEED, state, USER, also.get("offer"))
    return Books(deeds, outcomes, {BOOKING: booking} if state else {}, slots)


HELD, CONFIRMED = a_deed("hold"), a_deed("confirm", 1)


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ([HELD], "held"),
        ([HELD], "expired"),
        ([HELD, CONFIRMED], "booked"),
        ([HELD, a_deed("release", 1)], "released"),
        ([HELD, CONFIRMED, a_deed("cancel", 2)], "cancelled"),
        ([HELD, a_deed("confirm", 1, told=0)], "booked"),
    ],
    ids=["held", "ran out", "booked", "let go", "cancelled", "booked without knowing"],
)
def test_books_that_agree_have_no_findings(deeds, state):
    assert findings(a_world(*deeds, state=state)) == []


@pytest.mark.parametrize(
    ("world", "said"),
    [
        (a_world(HELD, CONFIRMED, state="expired"), "confirm was the last, and it is expired"),
        (a_world(HELD, state="booked"), "hold was the last, and it is booked"),
        (a_world(HELD, CONFIRMED, state=""), "made, and lost"),
        (a_world(HELD, CONFIRMED, lost=["confirm"], state="held"), "knows nothing of it"),
        (a_world(CONFIRMED), "there is one, and 0 were asked for"),
        (a_world(HELD, a_deed("hold", 1), state="held"), "there is one, and 2 were asked for"),
        (a_world(a_deed("publish"), state=""), "published, and lost"),
        (
            a_world(a_deed("withdraw", about=SLOT), state="", slots=[("k", SLOT, "open")]),
            "withdrawn, and it is open",
        ),
        (
            a_world(state="", slots=[("k", SLOT, "open"), ("k", "other", "open")]),
            "published 2 times",
        ),
    ],
    ids=[
        *("undone", "done by nobody", "gone", "forgotten", "ghost", "twice"),
        *("place lost", "place kept", "place doubled"),
    ],
)
def test_every_way_of_losing_or_doubling_is_seen(world, said):
    assert any(said in one for one in findings(world))


def test_two_bookings_that_stand_for_one_need_are_seen():
    world = a_world(HELD, CONFIRMED)
    twin = world.bookings[BOOKING]._replace(id="twin", by="somebody else")
    both = Books(world.deeds, world.outcomes, {**world.bookings, "twin": twin}, [])
    assert findings(both) == [f"need {NEED}: 2 bookings stand"]


def test_an_earlier_booking_that_a_later_one_ended_is_as_it_should_be():
    later = a_deed("accept", 2, about="offer", form=True, told=302)
    world = a_world(HELD, CONFIRMED, later, state="cancelled")
    offered = Booking("second", NEED, "booked", "system", "offer")
    both = Books(world.deeds, world.outcomes, {**world.bookings, "second": offered}, [])
    assert findings(both) == []


def test_two_answers_to_one_key_that_differ_are_seen():
    deed = a_deed("hold")
    deed.told.append((200, "{}"))
    assert findings(a_world(deed, state="held")) == [
        f"hold {deed.key}: 2 different answers [200, 200]"
    ]


@pytest.mark.parametrize(
    ("remembered", "said"),
    [
        ([(200, {"id": "another"})], "its key told another answer than was given"),
        ([(200, {"id": BOOKING, "booking": BOOKING}), (0, None)], "known by its key, and then not"),
    ],
    ids=["another", "forgotten"],
)
def test_what_a_key_is_said_to_have_led_to_is_compared_too(remembered, said):
    deed = a_deed("hold")
    deed.remembered += remembered
    assert findings(a_world(deed, state="held")) == [f"hold {deed.key}: {said}"]


def test_a_place_that_another_one_gets_when_it_is_booked_is_seen():
    late = a_deed("late", 2, about=SLOT)
    assert findings(a_world(HELD, CONFIRMED, late)) == [
        f"slot {SLOT}: booked by one, and then held by another"
    ]


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        (["question"], "held"),
        (["question", "refuse"], "released"),
        (["question", "grant", "confirm"], "booked"),
        (["question", "grant", "release"], "released"),
        (["question", "release", "grant"], "released"),
    ],
    ids=["asked", "refused", "approved and booked", "approved and let go", "let go meanwhile"],
)
def test_a_booking_that_waits_for_a_yes_is_what_the_last_of_both_sides_made_it(deeds, state):
    done = [a_deed(kind, order) for order, kind in enumerate(deeds)]
    assert findings(a_world(*done, state=state)) == []
    assert findings(a_world(*done, state="missed"))


def test_the_yes_to_a_freed_place_ends_the_booking_that_the_need_had():
    joined = a_deed("join", 2, about="invitation")
    world = a_world(HELD, CONFIRMED, joined, state="cancelled")
    world.outcomes[USER, joined.key] = Outcome(200, {"booking": "second"})
    second = Booking("second", NEED, "booked", "system", None)
    both = Books(world.deeds, world.outcomes, {**world.bookings, "second": second}, [])
    assert [one for one in findings(both) if "told another answer" not in one] == []


class Shaky(BaseHTTPRequestHandler):
    """Answers the first request with a fault of its own, the others with how many there have been."""

    seen: list[str] = []
    kept: dict[str, object] = {}

    def do_GET(self) -> None:
        """What is kept of a key."""
        self.send_response(200 if self.kept else 404)
        self.end_headers()
        self.wfile.write(json.dumps(self.kept).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["Idempotency-Key"])
        self.send_response(500 if len(self.seen) == 1 else 201)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *said: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """Does not mind that somebody hangs up."""

    def handle_error(self, *asked: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    Shaky.seen = []
    with Server(("127.0.0.1", 0), Shaky) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("dropped", "doubled"), [(0, 0), (0.5, 0), (0, 1)], ids=["plain", "dropped", "doubled"]
)
def test_a_deed_is_sent_under_its_key_until_something_sure_is_heard(
    address, monkeypatch, dropped, doubled
):
    monkeypatch.setattr(calls, "DROPPED", dropped)
    monkeypatch.setattr(calls, "DOUBLED", doubled)
    ledger, deed = Ledger(), a_deed("hold", told=0)
    assert Line(address, ledger, random.Random(1)).carry_out(deed)
    assert deed.status == 201
    assert set(Shaky.seen) == {deed.key}
    assert deed.sends == len(Shaky.seen) >= 2


@pytest.mark.parametrize(
    ("status", "text"),
    [(503, "{}"), (409, '{"code":"idempotency_key_in_use"}')],
    ids=["unavailable", "under way"],
)
def test_an_answer_that_says_nothing_yet_is_no_answer(status, text):
    ledger, deed = Ledger(), a_deed("hold", told=0)
    ledger.heard(deed, status, text)
    assert deed.told == []


class Deaf:
    """A store whose disk nobody fills."""

    way = "none"


@pytest.mark.parametrize(
    ("kept", "known"),
    [({}, "not done"), ({"status": 201, "body": 1}, "done"), ({"status": 409}, "refused")],
    ids=["nothing", "done", "refused"],
)
def test_what_nobody_heard_of_is_asked_by_its_key(address, monkeypatch, kept, known):
    monkeypatch.setattr(Shaky, "kept", kept)
    ledger = Ledger()
    deed = ledger.open(a_deed("hold", told=0))
    assert afterwards.resolved(address, ledger) == {known: 1}
    assert deed.remembered == [(kept.get("status", 0), kept.get("body"))]


def test_afterwards_everything_that_was_answered_is_sent_twice_more(address):
    ledger = Ledger()
    answered, silent = ledger.open(a_deed("hold")), ledger.open(a_deed("cancel", 1, told=0))
    afterwards.replay(address, ledger)
    assert (answered.sends, silent.sends) == (2, 0)


def test_somebody_else_of_the_same_care_comes_late(address):
    people = [
        {"need": need, "care": care, "user": need, "cookie": ""}
        for need, care in (("a", "eyes"), ("b", "knees"), ("c", "eyes"))
    ]
    ledger = Ledger()
    afterwards.come_late(address, ledger, people, [("a", SLOT), ("b", "other")])
    (deed,) = ledger.deeds()
    assert (deed.kind, deed.need, json.loads(deed.body)["slot"]) == ("late", "c", SLOT)


def test_a_screen_goes_on_from_what_it_has_and_sees_what_it_misses():
    screen = Screen("ws://nowhere/", "care:eyes")
    told = [("joined", 4), ("change", 5), ("change", 5), ("change", 7), ("number", 8), ("reset", 9)]
    missed = [screen._misses({"type": type_, "number": number}) for type_, number in told]
    assert missed == [False, False, False, True, True, False]
    assert (screen.number, screen.read_anew) == (9, 1)


def test_a_board_shows_the_places_of_a_care_and_forgets_old_ones():
    board = Board()
    for number in range(100):
        board.put("eyes" if number % 2 else "knees", str(number))
    assert "99" in board.of("eyes")
    assert len(board.of("eyes")) + len(board.of("knees")) <= 51


def test_nobody_is_killed_so_often_that_whoever_keeps_them_gives_up(tmp_path, monkeypatch):
    killed = []
    monkeypatch.setattr(faults, "_pid", lambda name: 4711)
    monkeypatch.setattr(faults.os, "kill", lambda pid, number: killed.append(pid))
    dealer = faults.Faults(Deaf(), Log(tmp_path / "faults.jsonl"), "1")
    for _ in range(10):
        dealer._deal("worker")
    assert len(killed) == faults.DEATHS_A_MINUTE
    assert len((tmp_path / "faults.jsonl").read_text().splitlines()) == faults.DEATHS_A_MINUTE
