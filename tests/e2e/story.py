"""The story of one time: published, seen, booked across a region border, cancelled, offered, rerouted."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Locator, expect

from providers.patterns import monday_of
from tests.e2e.people import Person
from tests.e2e.world import CARE, CLINIC, HOME, World
from tests.factories import TODAY

SEARCH = f"/sok/?care={CARE}&home_region={HOME}"


@dataclass
class Story:
    """The people, and what they have in common: the first of the published times."""

    world: World
    searcher: Person
    clinic: Person
    patient: Person
    navigator: Person
    time: str = ""
    """The selector of that time in a list of hits."""

    def in_list(self, person: Person) -> Locator:
        """The time in somebody's search."""
        return person.page.locator(self.time)


def begun(world: World, somebody: Callable[..., Person], *, script: bool) -> Story:
    """Four people with windows of their own; nobody is logged in."""
    return Story(world, *(somebody(script=script) for _ in range(4)))


def somebody_searches(story: Story) -> None:
    page = story.searcher
    page.goes(SEARCH)
    page.sees("Inget ledigt just nu")


def the_clinic_publishes_a_weekly_pattern(story: Story) -> float:
    """Returns the seconds until the open search page showed the first of the four times."""
    person, page = story.clinic, story.clinic.page
    person.logs_in(story.world.dana)
    person.looks("account-clinic")
    person.follows("Mottagningens tider")
    person.sees("Inga tider är publicerade den här veckan.")
    person.looks("week-empty")
    person.follows("Publicera tider")
    page.get_by_label("måndag").check()
    page.get_by_label("torsdag").check()
    page.get_by_label("Första tiden börjar").fill("09:00")
    first = monday_of(TODAY) + timedelta(weeks=2)
    page.get_by_label("Från vecka").select_option(first.isoformat())
    page.get_by_label("Till och med vecka").select_option((first + timedelta(weeks=1)).isoformat())
    page.get_by_label("Inga tider på röda dagar").uncheck()
    if person.has_script:
        person.sees("Det blir 4 tider")
    person.looks("publish")
    person.presses("Kontrollera innan du publicerar")
    person.sees("Kontrollera innan du publicerar")
    person.looks("publish-check")
    return _published(story)


def _published(story: Story) -> float:
    hits = story.searcher.page.locator(".hit", has_text=CLINIC)
    if story.searcher.has_script:
        story.searcher.watches_for(".hit")
    started = time.time()
    story.clinic.presses("Publicera 4 tider")
    story.clinic.sees("4 tider är publicerade.")
    story.searcher.is_told(hits, 4)
    story.time = "#" + (hits.first.get_attribute("id") or "")
    story.clinic.looks("week")
    return story.searcher.saw_it_after(started) if story.searcher.has_script else 0.0


def the_patient_opens_the_time(story: Story) -> None:
    person = story.patient
    person.logs_in(story.world.alice)
    person.follows("Min väntan")
    person.heading("Min väntan")
    person.looks("waiting")
    person.presses("Sök en ledig tid")
    person.sees("Svaren nedan gäller din egen remiss och din egen region.")
    person.looks("search-own")
    person.follows("Välj tiden", within=story.in_list(person))
    person.heading("Innan du väljer")
    person.sees("Om du väljer själv")
    person.looks("consequence")


def the_patient_books_it(story: Story) -> None:
    person = story.patient
    person.presses("Jag väljer själv")
    person.heading("Bekräfta tiden")
    person.sees(re.compile(r"Tiden är din till"))
    story.searcher.is_told(story.in_list(story.searcher), 0)
    person.looks("hold")
    person.presses("Bekräfta bokningen")
    person.sees("Klart. Tiden är bokad.")
    person.sees("Så bedömdes bokningen")
    person.looks("receipt")


def the_calendar_file_says_nothing_of_the_person(story: Story) -> None:
    link = story.patient.page.get_by_role("link", name="Lägg i kalendern")
    answer = story.patient.page.request.get(link.get_attribute("href") or "")
    file = answer.text()
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VTIMEZONE" in file
    for private in ("Alice", "ögon", CARE):
        assert private not in file.replace(CLINIC, "")


def the_patient_cancels(story: Story) -> None:
    person = story.patient
    person.follows("Avboka tiden")
    person.heading("Avboka tiden")
    person.looks("cancel")
    person.page.get_by_label("Kan inte den tiden").check()
    person.presses("Avboka tiden")
    person.sees("Avbokad")
    person.looks("receipt-cancelled")
    story.searcher.is_told(story.in_list(story.searcher), 1)


def a_round_sends_an_offer(story: Story) -> None:
    story.patient.goes("/min-vantan/")
    offer = story.patient.page.locator(".offer")
    expect(offer).to_have_count(0)
    person = story.navigator
    person.logs_in(story.world.bertil)
    person.looks("account-navigator")
    person.follows("Matchning")
    person.heading("Matchning")
    person.looks("rounds-empty")
    person.page.get_by_label("Vård").select_option(CARE)
    person.presses("Kör en matchning")
    person.sees("har startat")
    if story.patient.has_script:
        expect(offer).to_have_count(1, timeout=20_000)
    else:
        story.patient.finds(offer)
    story.patient.looks("waiting-offer")


def the_round_can_be_read(story: Story) -> None:
    person = story.navigator
    report = person.page.locator("#matchningar a").first
    person.finds(report)
    person.looks("rounds")
    report.click()
    person.sees("Utfall per behov")
    person.looks("round")


def the_patient_declines_and_keeps_the_place_in_the_queue(story: Story) -> None:
    person = story.patient
    since = person.page.locator(".wait").get_by_text("Du har väntat sedan").inner_text()
    person.presses("Tacka nej")
    person.heading("Innan du tackar nej")
    person.looks("decline")
    person.presses("Jag tackar nej")
    person.heading("Min väntan")
    expect(person.page.locator(".offer")).to_have_count(0)
    person.sees(since)
    person.looks("waiting-declined")


def the_vardlots_reroutes_in_two_clicks(story: Story) -> None:
    person = story.navigator
    story.patient.goes("/min-vantan/")
    person.goes("/vantande/")
    person.sees("Väntande, högst behov först")
    person.looks("worklist")
    person.follows("Alice")
    person.sees("Andra platser för")
    person.looks("alternatives")
    person.presses("Välj", within=person.page.locator(".alternatives"))
    person.heading("Läs innan du skickar")
    person.looks("review")
    person.presses("Skicka")
    person.sees("Patienten ser det direkt")
    person.looks("rerouted")
    booked = story.patient.page.locator(".wait", has_text="Tid bokad")
    story.patient.is_told(booked)
    story.patient.looks("waiting-booked")


def the_patient_sees_who_read(story: Story) -> None:
    person = story.patient
    person.follows("Vem läste om mig")
    person.heading("Vem läste om mig")
    expect(person.page.locator("tbody tr", has_text="Bertil").first).to_be_visible()
    person.looks("readings")
