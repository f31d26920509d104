"""A receptionist's file: the template, the dry run with each row's fate, publishing and throwing away."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Event
from accounts.roles import Role
from providers.models import Delivery, Slot, StagedSlot
from providers.tasks import publish_delivery
from tests.factories import (
    EYES,
    NOW,
    OWNER,
    TODAY,
    a_claim,
    a_clinic,
    a_slot,
    an_agreement,
    staff,
)

BACKEND = "django.contrib.auth.backends.ModelBackend"
EITHER_FORM = "op-ortopedi"
DAY = (TODAY + timedelta(days=20)).isoformat()
HEAD = "Vård;Form;Dag;Start;Slut;Minuter;Antal"


@pytest.fixture
def clinic(database):
    return a_clinic(cares=[EYES, EITHER_FORM])


@pytest.fixture
def dana(clinic) -> Client:
    return logged_in(clinic)


def logged_in(clinic) -> Client:
    client = Client()
    client.force_login(staff(Role.CLINIC_STAFF, clinic.tenant), backend=BACKEND)
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def row(
    start: str = "09:30", *, care: str = EYES, form: str = "", day: str = DAY, places=""
) -> str:
    return f"{care};{form};{day};{start};;30;{places}"


def lines(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def sent(client, clinic, content: bytes, name: str = "tider.csv", *, follow: bool = True):
    file = SimpleUploadedFile(name, content)
    return client.post(
        f"/mottagning/{clinic.id}/fil/", {"file": file, "key": str(uuid4())}, follow=follow
    )


def step(client, clinic, verb: str, key: str = "k1"):
    delivery = Delivery.objects.using(OWNER).latest("received_at")
    address = f"/mottagning/{clinic.id}/fil/{delivery.id}/{verb}/"
    return client.post(address, {"key": key}, follow=True)


def test_a_file_is_read_and_nothing_is_published(clinic, dana):
    page = text(sent(dana, clinic, lines(row(), row("10:00"), row(day="2020-01-01"))))
    assert "Inget är publicerat än." in page
    assert "Publicera 2 tider" in page
    assert "Tiden har redan börjat." in page
    assert "Filen lästes som CSV med semikolon mellan kolumnerna och bokstäver i UTF-8." in page
    assert not Slot.objects.exists()


def test_what_could_be_published_is_and_the_rest_is_told_by_its_line(clinic, dana):
    sent(dana, clinic, lines(row(), "", row("25:00"), row("10:00", places="3")))
    page = text(step(dana, clinic, "publicera"))
    assert "4 tider är publicerade." in page
    assert "4 Klockslaget går inte att läsa." in page
    assert Slot.objects.filter(clinic=clinic).count() == 4


def test_the_same_file_again_changes_nothing(clinic, dana):
    for key in ("k1", "k2"):
        sent(dana, clinic, lines(row(), row("10:00")))
        page = text(step(dana, clinic, "publicera", key))
    assert "Finns redan 2" in page
    assert Slot.objects.count() == 2


def test_a_time_published_in_the_form_is_the_same_in_a_file(clinic, dana):
    form = {"care": EYES, "on": DAY, "starts": "09:30", "minutes": "30", "places": "1"}
    dana.post(f"/mottagning/{clinic.id}/publicera/", form | {"step": "publish", "key": "k"})
    assert "Finns redan 1" in text(sent(dana, clinic, lines(row())))


def test_a_file_can_be_thrown_away_and_is_then_no_longer_offered(clinic, dana):
    sent(dana, clinic, lines(row()))
    assert "Filen är kastad." in text(step(dana, clinic, "kasta"))
    assert step(dana, clinic, "publicera", key="k2").status_code == 409
    assert not Slot.objects.exists()
    assert not StagedSlot.objects.exists()


def test_only_the_faults_can_be_shown(clinic, dana):
    answer = sent(dana, clinic, lines(row("10:00"), row("kl tio")))
    address = answer.redirect_chain[-1][0]
    shown = text(dana.get(address, {"visa": "fel"}))
    assert "Klockslaget går inte att läsa" in shown
    assert "10:00" not in shown


def test_what_a_file_published_is_taken_back_except_what_a_patient_has_taken(clinic, dana):
    sent(dana, clinic, lines(row(), row("10:00"), row("11:00")))
    assert "Ändringen av 3 tider kan ångras." in text(step(dana, clinic, "publicera"))
    a_claim(Slot.objects.latest("starts_at"), an_agreement(clinic))
    page = text(step(dana, clinic, "angra", key="k2"))
    assert "Ångrat: 2 tider." in page
    assert "2 tider är borttagna." in page
    assert "1 tid är kvar:" in page
    assert Slot.objects.filter(state="open").count() == 1
    sent(dana, clinic, lines(row(), row("10:00"), row("11:00")))
    assert "2 tider är publicerade." in text(step(dana, clinic, "publicera", key="k3"))


def test_a_file_is_taken_back_for_an_hour_and_only_by_its_own_provider(clinic, dana):
    sent(dana, clinic, lines(row()))
    step(dana, clinic, "publicera")
    assert step(logged_in(a_clinic()), clinic, "angra", key="k2").status_code == 403
    long_ago = NOW - timedelta(minutes=61)
    Delivery.objects.using(OWNER).update(applied_at=long_ago)
    assert "kan ångras" not in text(step(dana, clinic, "angra", key="k3"))
    assert Slot.objects.filter(state="open").count() == 1


def test_many_rows_come_on_several_pages(clinic, dana):
    many = [row(f"{9 + n // 60:02}:{n % 60:02}") for n in range(150)]
    assert "Sida 1 av 2" in text(sent(dana, clinic, lines(*many)))


def test_swedish_letters_of_an_old_program_are_read_and_said(clinic, dana):
    page = text(sent(dana, clinic, lines(row()).decode().encode("windows-1252")))
    assert "bokstäver i Windows-1252" in page


def test_the_template_filled_in_and_sent_back_is_published(clinic, dana):
    filled = load_workbook(io.BytesIO(dana.get(f"/mottagning/{clinic.id}/fil/tider.xlsx").content))
    sheet = filled["Tider"]
    cares = [sheet.cell(at, 1).value for at in (2, 3)]
    assert cares == [care.name_sv for care in clinic.cares.order_by("name_sv")]
    for at in (2, 3):
        for column, value in (
            (2, "öppen vård"),
            (3, TODAY + timedelta(days=9)),
            (4, "9:30"),
            (6, 30),
        ):
            sheet.cell(at, column, value)
    into = io.BytesIO()
    filled.save(into)
    sent(dana, clinic, into.getvalue(), "tider.xlsx")
    assert "2 tider är publicerade." in text(step(dana, clinic, "publicera"))


def test_the_csv_template_sent_back_empty_says_that_it_has_no_times(clinic, dana):
    empty = dana.get(f"/mottagning/{clinic.id}/fil/tider.csv").content
    answer = sent(dana, clinic, empty)
    assert answer.status_code == 422
    assert "Det finns inga tider i filen." in text(answer)


def test_no_file_says_what_to_do(clinic, dana):
    answer = dana.post(f"/mottagning/{clinic.id}/fil/", {"key": "k"})
    assert (answer.status_code, "Välj en fil först." in text(answer)) == (422, True)


def test_headings_that_are_missing_are_named(clinic, dana):
    page = text(sent(dana, clinic, b"Dag;Start\n2026-12-01;09:30"))
    assert "vård, minuter" in page


def test_another_clinics_staff_sees_no_file_and_no_template(clinic, dana):
    sent(dana, clinic, lines(row()))
    delivery = Delivery.objects.using(OWNER).get()
    for rest in ("", "tider.xlsx", f"{delivery.id}/"):
        answer = logged_in(a_clinic()).get(f"/mottagning/{clinic.id}/fil/{rest}")
        assert answer.status_code == 403


def test_a_file_of_another_provider_is_not_found_under_ones_own_clinic(clinic, dana):
    sent(dana, clinic, lines(row()))
    other = a_clinic()
    address = f"/mottagning/{other.id}/fil/{Delivery.objects.using(OWNER).get().id}/"
    assert logged_in(other).get(address).status_code == 404


def test_a_large_file_is_published_by_a_worker_and_the_page_says_so(
    clinic, dana, settings, monkeypatch
):
    settings.FILE_APPLIED_AT_ONCE = 1
    asked = []
    monkeypatch.setattr(publish_delivery, "delay", lambda *words: asked.append(words))
    sent(dana, clinic, lines(row(), row("10:00")))
    assert "2 tider publiceras nu" in text(step(dana, clinic, "publicera"))
    assert not Slot.objects.exists()
    assert publish_delivery(*asked[0]) == {"created": 2}
    page = dana.get(f"/mottagning/{clinic.id}/fil/{Delivery.objects.using(OWNER).get().id}/")
    assert "2 tider från filen är publicerade." in text(page)
    assert (
        Event.objects.filter(verb="applied").get().actor_id
        == Delivery.objects.using(OWNER).get().received_by_id
    )


def test_what_a_worker_cannot_publish_is_said_with_the_reason(clinic, dana, settings, monkeypatch):
    settings.FILE_APPLIED_AT_ONCE = 0
    asked = []
    monkeypatch.setattr(publish_delivery, "delay", lambda *words: asked.append(words))
    sent(dana, clinic, lines(row()))
    step(dana, clinic, "publicera")
    StagedSlot.objects.using(OWNER).all().delete()
    publish_delivery(*asked[0])
    assert Delivery.objects.using(OWNER).get().problem == "delivery_forgotten"


def test_a_file_that_is_larger_than_allowed_is_refused_and_not_stored_whole(clinic, dana, settings):
    settings.FILE_BYTES_MAX = 200_000
    answer = sent(dana, clinic, lines(*[row() for _ in range(20_000)]))
    assert answer.status_code == 422
    assert "Filen är för stor." in text(answer)


def test_more_rows_than_a_delivery_may_have_leave_nothing(clinic, dana, settings):
    settings.DELIVERY_ROWS_MAX = 2
    answer = sent(dana, clinic, lines(row(), row("10:00"), row("10:30")))
    assert answer.status_code == 422
    assert (Delivery.objects.using(OWNER).count(), StagedSlot.objects.count()) == (0, 0)


def test_a_booked_time_that_a_file_names_again_stays_booked(clinic, dana):
    sent(dana, clinic, lines(row()))
    step(dana, clinic, "publicera")
    a_claim(Slot.objects.get(), an_agreement(clinic))
    a_slot(clinic)
    assert "Finns redan 1" in text(sent(dana, clinic, lines(row())))


def test_a_column_says_what_is_by_video_and_a_strange_word_is_told_by_its_line(clinic, dana):
    rows = [row("09:00") + ";", row("09:00") + ";Video", row("10:00") + ";brev"]
    content = "\n".join((f"{HEAD};Besökssätt", *rows)).encode()
    assert "Skriv på plats eller video" in text(sent(dana, clinic, content))
    assert "2 tider är publicerade." in text(step(dana, clinic, "publicera"))
    assert sorted(Slot.objects.values_list("mode", flat=True)) == ["on_site", "video"]


def test_the_same_press_reads_a_file_once_and_throws_it_away_once(clinic, dana):
    said = {"file": SimpleUploadedFile("tider.csv", lines(row())), "key": "one press"}
    address = f"/mottagning/{clinic.id}/fil/"
    first = dana.post(address, said)["Location"]
    said["file"].seek(0)
    assert dana.post(address, said)["Location"] == first
    assert [step(dana, clinic, "kasta").status_code for _ in range(2)] == [200, 200]
    other = {"file": SimpleUploadedFile("tider.csv", lines(row("10:00"))), "key": "one press"}
    assert dana.post(address, other).status_code == 422
