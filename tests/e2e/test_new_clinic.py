"""A new clinic, from login to its first bookable time and on: few steps, with and without JavaScript."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from providers.models import Slot
from providers.patterns import monday_of
from tests.e2e.people import Person
from tests.e2e.world import CARE, HOME, PASSWORD, World
from tests.factories import TODAY, a_slot, at

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_SECONDS = 5 * 60
MOST_STEPS = 12
"""Each field that is filled in or box that is checked, and each link or button, is a step."""


class Counted:
    """Somebody whose steps are counted."""

    def __init__(self, person: Person) -> None:
        self.person, self.page, self.steps = person, person.page, 0

    def fills(self, label: str, value: str) -> None:
        self.steps += 1
        self.page.get_by_label(label).fill(value)

    def checks(self, label: str) -> None:
        self.steps += 1
        self.page.get_by_label(label).check()

    def presses(self, name: str, within: Locator | None = None) -> None:
        self.steps += 1
        self.person.presses(name, within=within)

    def follows(self, name: str) -> None:
        self.steps += 1
        self.person.follows(name)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_from_login_to_the_first_bookable_time_in_a_few_steps(
    world: World, somebody: Callable[..., Person], record_property, script: bool
) -> None:
    person = somebody(script=script)
    started, dana = time.monotonic(), Counted(person)
    person.goes("/konto/logga-in/")
    dana.fills("Användarnamn", world.dana.username)
    dana.fills("Lösenord", PASSWORD)
    dana.presses("Logga in", within=person.page.locator("main"))
    dana.follows("Mottagningens tider")
    dana.follows("Lägg upp tider")
    dana.checks("måndag")
    dana.fills("Första tiden börjar", "09:00")
    dana.fills("Sista tiden slutar senast", "12:00")
    dana.presses("Kontrollera innan du publicerar")
    main = person.page.locator("main")
    dana.presses("Publicera", within=main.locator("form").last)
    person.sees(re.compile(r"^\d+ tider är publicerade\."))
    took = time.monotonic() - started
    record_property("seconds from login to the first bookable time", round(took, 1))
    anyone = somebody(script=script)
    anyone.goes(f"/sok/?care={CARE}&home_region={HOME}")
    expect(anyone.page.locator(".hit").first).to_be_visible()
    assert dana.steps <= MOST_STEPS
    assert took < MOST_SECONDS


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_marked_times_are_moved_by_keyboard_and_the_step_is_undone(
    world: World, somebody: Callable[..., Person], script: bool
) -> None:
    for hour in (9, 10, 11):
        a_slot(world.clinic, CARE, starts_at=at(10, hour))
    dana = somebody(script=script)
    dana.logs_in(world.dana)
    day = (TODAY + timedelta(days=10)).isoformat()
    dana.goes(f"/mottagning/{world.clinic.id}/?vecka={day}")
    dana.follows("Markera dagen")
    box = dana.page.locator(f"#markera-{Slot.objects.earliest('starts_at').id}")
    expect(box).to_be_checked()
    box.focus()
    dana.page.keyboard.press("Space")
    minutes = dana.page.get_by_label("Flytta så många minuter")
    minutes.fill("15")
    minutes.press("Enter")
    dana.sees("2 tider är flyttade.")
    dana.looks("week-edited")
    dana.presses("Ångra")
    dana.sees("Ångrat: 2 tider.")
    assert sorted(Slot.objects.filter(state="open").values_list("starts_at", flat=True)) == [
        at(10, hour) for hour in (9, 10, 11)
    ]


def test_a_week_is_copied_after_its_clashes_have_been_shown(
    world: World, somebody: Callable[..., Person]
) -> None:
    week = monday_of(TODAY) + timedelta(weeks=1)
    days = (week - TODAY).days
    a_slot(world.clinic, CARE, starts_at=at(days, 9))
    a_slot(world.clinic, CARE, starts_at=at(days + 7, 9, 15))
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/?vecka={week.isoformat()}")
    dana.follows("Kopiera veckan")
    dana.page.get_by_label("Hoppa över tider som krockar").uncheck()
    dana.page.get_by_label("Inga tider på röda dagar").uncheck()
    dana.presses("Visa vad det blir")
    expect(dana.page.locator(".fate")).to_contain_text("09:00")
    dana.looks("copy")
    dana.presses("Publicera 1 tid")
    dana.sees("1 tid är publicerad.")


def test_a_file_is_sent_seen_row_by_row_and_published(
    world: World, somebody: Callable[..., Person], tmp_path: Path
) -> None:
    day = (TODAY + timedelta(days=20)).isoformat()
    rows = [f"{CARE};{day};{hour}:00;30" for hour in range(8, 12)] + [f"{CARE};{day};25:00;30"]
    file = tmp_path / "tider.csv"
    file.write_text("\n".join(["Vård;Dag;Start;Minuter", *rows]), "utf-8")
    dana = somebody()
    dana.logs_in(world.dana)
    dana.goes(f"/mottagning/{world.clinic.id}/publicera/vecka/")
    dana.looks("publish-weekly")
    dana.follows("Från en fil")
    dana.looks("file-upload")
    dana.page.get_by_label("Fil med tider").set_input_files(file)
    dana.presses("Läs filen")
    dana.sees("Inget är publicerat än.")
    dana.looks("file-dry-run")
    dana.presses("Publicera 4 tider")
    dana.sees("4 tider från filen är publicerade.")
    dana.looks("file-published")
