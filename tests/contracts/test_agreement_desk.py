"""An agreement is written on screen by its own region: part by part, and read before it is saved."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.roles import Role
from accounts.templatetags.screen import weekday_date
from contracts.forms.parts import Place, place_of, put, without
from contracts.models import Adoption, Agreement, Party
from contracts.selectors.drafts import drafts_of
from tests.contracts.agreements import (
    a_draft,
    active,
    administrator,
    amended,
    awarded,
    created,
    rich_draft,
    stored,
    told,
)
from tests.factories import EYES, TODAY, a_clinic, a_region, staff

SOON = TODAY + timedelta(days=30)


def client(region: str = "01", role: Role = Role.REGION_ADMINISTRATOR) -> Client:
    found = Client()
    user = staff(role, a_region(region).tenant)
    found.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return found


def text(answer) -> str:
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return html.unescape(words).replace("\xa0", " ")


def carried(answer) -> dict[str, str]:
    """The hidden fields of a page, which its buttons send along."""
    fields = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()
    )
    return {name: html.unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def pressed(who: Client, address: str, before, **sent):
    """The page after a button, with what the page before it sent along."""
    return who.post(address, carried(before) | sent)


def own_terms(clinic, **also) -> dict[str, object]:
    return {
        "name": "Nytt påhittat avtal",
        "regime": "lou",
        "cooperation": "alone",
        "party": a_region("01").organisation_number,
        "seller": clinic.provider.organisation_number,
        "buyers": ["01"],
        "open_for_others": "yes",
        "valid_from": TODAY.isoformat(),
    } | also


def test_a_new_agreement_is_written_part_by_part_and_saved_once(database):
    clinic, who, here = a_clinic(), client(), "/avtal/nytt/"
    desk = pressed(who, here, who.get(here), put="base", **own_terms(clinic))
    lot = {"name": "Del 1", "clinic": clinic.hsa_id, "cares": [EYES], "qualified": "on"}
    desk = pressed(who, here, desk, put="lots.new", **lot)
    desk = pressed(who, here, desk, put="lots.0.caps.new", places="7", period="month", region="")
    check = pressed(who, here, desk, check="1")
    assert "7 platser per månad, alla patienter" in text(check)
    assert not Agreement.objects.exists()
    saves = carried(check) | {"save": "1"}
    answers = [who.post(here, saves) for _ in range(2)]
    row = Agreement.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/avtal/{row.id}/"}
    assert drafts_of([row.id])[row.id].lots[0].caps[0].places == 7


def test_what_is_wrong_is_said_and_nothing_is_saved(database):
    clinic, who, here = a_clinic(), client(), "/avtal/nytt/"
    base = own_terms(clinic, valid_to=(TODAY - timedelta(days=1)).isoformat())
    desk = pressed(who, here, who.get(here), put="base", **base)
    refused = pressed(who, here, desk, check="1")
    assert refused.status_code == 422
    assert "Sista dagen: ligger före den första" in text(refused)
    missing = pressed(who, here, who.get(here), put="base", **own_terms(clinic, name=""))
    assert missing.status_code == 422
    assert "Namn – Fyll i fältet" in text(missing)


def test_the_terms_of_an_unsigned_agreement_are_rewritten_with_what_changes_shown_first(database):
    row = created(rich_draft(a_clinic()), administrator())
    who, here = client(), f"/avtal/{row.id}/andra/"
    desk = pressed(who, here, who.get(here), remove="options.0")
    check = pressed(who, here, desk, check="1")
    assert "Optioner att förlänga 12 månader 12 månader 12 månader" in text(check)
    assert len(drafts_of([row.id])[row.id].options) == 2
    pressed(who, here, check, save="1")
    assert len(drafts_of([row.id])[row.id].options) == 1


def test_terms_in_force_are_amended_from_a_day_and_the_old_ones_stay(database):
    row = active(a_draft(), administrator())
    who, here = client(), f"/avtal/{row.id}/andra/"
    desk = who.get(here)
    desk = pressed(who, here, desk, put="options.new", months="6", decide_by="")
    check = pressed(who, here, desk, check="1")
    signed = {
        f"signed_by_{one}_on": (TODAY - timedelta(days=1)).isoformat()
        for one in ("party", "seller")
    }
    early = pressed(who, here, check, save="1", first_day=TODAY.isoformat(), **signed)
    assert early.status_code == 422
    assert not Agreement.objects.filter(replaces=row).exists()
    pressed(who, here, early, save="1", first_day=SOON.isoformat(), **signed)
    new = Agreement.objects.get(replaces=row)
    assert (new.valid_from, stored(row.id).valid_to) == (SOON, SOON - timedelta(days=1))


def test_an_agreement_is_taken_from_its_beginning_into_use_by_its_buttons(database):
    row = created(a_draft(), administrator())
    who, page = client(), f"/avtal/{row.id}/"
    for step in ("advertised", "evaluating", "awarded"):
        assert f"{page}steg/{step}/" in who.get(page).content.decode()
        pressed(who, f"{page}steg/{step}/", who.get(f"{page}steg/{step}/"), save="1")
    award = f"{page}tilldelning/{row.lots.get().id}/"
    sent = (TODAY - timedelta(days=11)).isoformat()
    check = pressed(who, award, who.get(award), check="1", on=sent, way="electronic")
    assert "Kontrollera dina svar" in text(check)
    pressed(who, award, check, save="1")
    for side in ("party", "seller"):
        sign = f"{page}steg/sign-{side}/"
        check = pressed(who, sign, who.get(sign), check="1", on=TODAY.isoformat())
        pressed(who, sign, check, save="1")
    assert stored(row.id).state == "signed"
    pressed(who, f"{page}steg/activate/", who.get(f"{page}steg/activate/"), save="1")
    assert stored(row.id).state == "active"


def test_while_the_standstill_runs_its_days_are_counted_and_nobody_is_asked_to_sign(database):
    by = administrator()
    row = told(awarded(a_draft(), by), by, on=TODAY - timedelta(days=1))
    who = client()
    page = who.get(f"/avtal/{row.id}/")
    assert "Avtalsspärren löper: 10 dagar kvar" in text(page)
    assert "sign-party" not in page.content.decode()
    sign = f"/avtal/{row.id}/steg/sign-party/"
    refused = pressed(who, sign, who.get(sign), save="1", on=TODAY.isoformat())
    assert refused.status_code == 422
    assert f"Tidigast: {weekday_date(TODAY + timedelta(days=10))}." in text(refused)


def test_a_version_that_another_one_follows_leads_there_instead_of_being_changed(database):
    by = administrator()
    row = active(rich_draft(a_clinic()), by)
    new = amended(row, by, SOON)
    page = client().get(f"/avtal/{row.id}/")
    assert "En senare version tar över" in text(page)
    shown = page.content.decode()
    assert f'href="/avtal/{new.id}/"' in shown
    assert not [one for one in ("steg/end", "steg/extend", "/andra/") if one in shown]


def test_an_option_is_used_and_an_agreement_is_ended_from_its_page(database):
    row = active(rich_draft(a_clinic()), administrator())
    who, page = client(), f"/avtal/{row.id}/"
    extend = {"decided_on": TODAY.isoformat(), "reference": "RS 2026-1"}
    pressed(who, f"{page}steg/extend/", who.get(f"{page}steg/extend/"), save="1", **extend)
    last = stored(row.id).valid_to
    assert last is not None
    assert last > row.valid_to
    end = pressed(
        who, f"{page}steg/end/", who.get(f"{page}steg/end/"), save="1", last_day=SOON.isoformat()
    )
    assert end.status_code == 302
    assert stored(row.id).valid_to == SOON


def test_a_region_adopts_a_joint_agreement_that_another_keeps(database):
    draft = a_draft(cooperation="joint", buyers=("01", "03"))
    row = active(draft, administrator())
    who, step = client("03"), f"/avtal/{row.id}/steg/adopt/"
    assert "Avtalet binder dem inte än" in text(who.get(f"/avtal/{row.id}/"))
    given = {"region": "03", "on": TODAY.isoformat(), "reference": "RS 7"}
    pressed(who, step, who.get(step), save="1", **given)
    assert Adoption.objects.get().region_id == "03"
    assert "har anslutit sig" in text(who.get(f"/avtal/{row.id}/"))


@pytest.mark.parametrize("page", ["andra/", "steg/advertised/", "steg/end/"])
def test_only_the_region_that_keeps_it_writes_an_agreement(database, page):
    row = active(a_draft(), administrator())
    address = f"/avtal/{row.id}/{page}"
    assert client("25").get(address).status_code == 403
    assert client("01", Role.NAVIGATOR).get(address).status_code == 403


def test_a_navigator_is_not_offered_a_new_agreement(database):
    assert client("01", Role.NAVIGATOR).get("/avtal/nytt/").status_code == 403


def test_a_cooperation_region_is_none_of_those_who_may_sign(database):
    area = a_region("01").cooperation_area
    page = client().get("/avtal/nytt/").content.decode()
    assert f">{area}<" not in page
    assert all(name in html.unescape(page) for name in Party.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    "path",
    ["", "lots", "lots.1", "lots.-1", "lots.0.names.0", "lots.9.caps.new", "name", "a.b.c.d"],
)
def test_a_path_that_names_nothing_has_no_place(database, path):
    assert place_of(path, rich_draft(a_clinic())) is None


def test_a_part_is_put_in_changed_and_taken_out_where_it_stands(database):
    draft = rich_draft(a_clinic())
    cap = draft.lots[0].caps[0]
    more = put(draft, Place("caps", None, 0), cap)
    assert [one.places for one in more.lots[0].caps] == [10, 2, 10]
    assert put(draft, Place("caps", 1, 0), cap).lots[0].caps == (cap, cap)
    assert without(draft, Place("caps", 0, 0)).lots[0].caps == draft.lots[0].caps[1:]
    assert without(draft, Place("base")) == draft


def test_a_new_agreement_begins_with_the_region_of_its_writer(database):
    page = client("03").get("/avtal/nytt/").content.decode()
    assert re.search(r'value="03"[^>]* checked', page)
    assert re.search(rf'value="{a_region("03").organisation_number}" selected', page)


def test_a_source_is_added_to_an_agreement_in_force_and_a_second_one_shows_the_conflict(database):
    by = administrator()
    row = active(a_draft(a_clinic()), by)
    who, page = client(), f"/avtal/{row.id}/"
    for says in ("30 mars 2030", "31 mars 2030"):
        given = {"field": "valid_to", "title": "Påhittat protokoll", "says": says}
        checked = who.post(f"{page}steg/source/", given | {"retrieved_on": TODAY.isoformat()})
        saved = pressed(who, f"{page}steg/source/", checked, save="1")
        assert saved.status_code == 302, text(saved)
    shown = text(who.get(page))
    assert "30 mars 2030" in shown
    assert "31 mars 2030" in shown
    assert "Källorna säger olika" in shown
