"""Files of agreements on screen: the fate of each row first, then taken in once; out again as they came."""

from dataclasses import replace
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.roles import Role
from contracts.exchange.sheets import CSV_COLUMNS, csv_text
from contracts.exchange.structured import json_text
from contracts.models import Agreement
from tests.contracts.agreements import a_draft, active, administrator, rich_draft
from tests.contracts.test_agreement_desk import carried, client, text
from tests.factories import TODAY, a_clinic

PAGE = "/avtal/filer/"


def sent(who, body: str, name: str = "avtal.csv"):
    """The page after a file has been sent."""
    return who.post(PAGE, {"file": SimpleUploadedFile(name, body.encode())})


def test_the_fate_of_each_row_is_shown_and_nothing_is_kept_before_it_is_saved(database):
    good = rich_draft(a_clinic(), reference="RS 1")
    wrong = replace(good, reference="RS 2", seller="5569999997")
    who = client()
    shown = sent(who, csv_text([good, wrong]))
    assert "RS 1 Läses in" in text(shown)
    assert "Läses inte in" in text(shown)
    assert "finns inte i registret" in text(shown)
    assert not Agreement.objects.exists()
    saves = carried(shown) | {"save": "1"}
    pages = [who.post(PAGE, saves) for _ in range(2)]
    assert [page.status_code for page in pages] == [302, 302]
    assert [row.reference for row in Agreement.objects.all()] == ["RS 1"]


def test_what_is_there_already_is_said_to_be_unchanged(database):
    draft = rich_draft(a_clinic(), reference="RS 1")
    who = client()
    who.post(PAGE, carried(sent(who, json_text([draft]), "a.json")) | {"save": "1"})
    assert "Finns redan, ändras inte" in text(sent(who, json_text([draft]), "a.json"))


def test_a_file_that_is_no_file_of_agreements_is_refused_with_the_place(database):
    who = client()
    for body, name, words in (
        ("a,b\n1,2\n", "a.csv", "Felet finns vid: reference"),
        ("{", "a.json", "går inte att läsa som avtal"),
        ("hej", "a.txt", "ska sluta på .csv eller .json"),
    ):
        answer = sent(who, body, name)
        assert answer.status_code == 422
        assert words in text(answer)


def test_the_template_has_the_columns_that_are_read(database):
    body = client().get(f"{PAGE}mall.csv").content.decode("utf-8-sig")
    assert body.strip().split(",") == list(CSV_COLUMNS)


def test_a_navigator_takes_in_no_files(database):
    assert client("01", Role.NAVIGATOR).get(PAGE).status_code == 403


def test_the_region_is_reminded_of_what_ends_and_others_are_not(database):
    row = active(a_draft(valid_to=TODAY + timedelta(days=20)), administrator())
    page = text(client().get("/avtal/"))
    assert "Att besluta snart" in page
    assert f"{row.name} : avtalet går ut" in page.replace("  ", " ")
    assert "avtalet går ut" not in text(client("25").get("/avtal/"))
