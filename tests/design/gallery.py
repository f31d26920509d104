"""Clearly invented sample context for every component, shown together on one page."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator

from brokering.templatetags.guarantee import Clock, OfferPoint, Stretch
from providers.templatetags.sweden import Dot

LAW = {"law": "hälso- och sjukvårdslagen (2017:30)", "kind": "statute", "as_of": date(2021, 6, 1)}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One sentence with its source."""

    sentence: str
    place: str = "9 kap. 1 §"
    law: str = "patientlagen (2014:821)"
    kind: str = "statute"
    as_of: date = date(2021, 6, 1)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One region's half of the answer about remiss."""

    label: str
    state: str
    short: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One of the four answers of a hit."""

    question: str
    icon: str
    state: str
    short: str = ""
    parts: tuple[Part, ...] = ()
    reasons: tuple[Reason, ...] = field(default_factory=tuple)


def context(now: datetime) -> dict[str, Any]:
    """Everything that the gallery shows, as of an aware moment."""
    hits = [_hit(now, 1, "yes"), _hit(now, 2, "unknown"), _hit(now, 3, "no")]
    return {
        "synthetic_band": True,
        "navigation": [
            {"url": "#", "label": "Sök tid", "current": True},
            {"url": "#", "label": "Min väntan", "current": False},
            {"url": "#", "label": "Vem läste om mig", "current": False},
        ],
        "hits": hits,
        "own": _own(),
        "region": _region(),
        "clocks": _clocks(now.date()),
        "countdown": {"until": now + timedelta(minutes=7, seconds=12), "seconds": 600},
        "receipt": _receipt(now),
        "alternatives": _alternatives(),
        "review": _review(),
        "waiting": _waiting(now.date()),
        "week": _week(now),
        "dots": DOTS,
        "form": SearchForm({"when": "", "kind": "own"}),
        "form_empty": SearchForm(),
        "page_obj": Paginator(range(95), 20).page(2),
    }


class SearchForm(forms.Form):
    """A form with every kind of field."""

    care = forms.ChoiceField(
        label="Vilken vård gäller det?", choices=[("", "Välj vård"), ("besok-ogon", "Ögon, besök")]
    )
    when = forms.DateField(
        label="Tidigast", help_text="Skriv dag, eller välj i kalendern.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    note = forms.CharField(label="Något vi ska veta?", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(
        label="Vem ordnar resan?", widget=forms.RadioSelect,
        choices=[("own", "Jag själv"), ("region", "Regionen")],
    )  # fmt: skip
    agree = forms.BooleanField(label="Jag har läst vad som händer med min vårdgaranti")


def _hit(now: datetime, number: int, bookable: str) -> SimpleNamespace:
    starts = (now + timedelta(days=6 + number)).replace(hour=8 + number, minute=30)
    clinic = SimpleNamespace(
        name="Påhittade ögonmottagningen, Umeå",
        provider_name="Påhittad Vård AB",
        place="Umeå",
        region_name="Region Västerbotten",
    )
    return SimpleNamespace(
        slot_id=number,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        url="#tid",
        bookable=bookable,
        care=SimpleNamespace(name="Ögon, första besök"),
        clinic=clinic,
        distance_km=512.4 if number != 3 else None,
        terms=SimpleNamespace(agreement_sentence="Under Region Västerbottens avtal (LOU)"),
        answers=ANSWERS[bookable],
        confirmed_at=now - timedelta(minutes=3) if number < 3 else now - timedelta(days=4),
        stale=number == 3,
        way_there=WAYS[bookable],
        dot=f"clinic-{number}",
    )


WAYS = {
    "yes": "",
    "unknown": "Fråga din vårdlots innan du bokar.",
    "no": "Be din vårdcentral om en remiss. Den får komma från vilken region som helst.",
}

CHOICE = Reason(sentence="Du får söka dig hit. Öppen vård får du välja i hela landet.")
TRAVEL = Reason(sentence="Resan betalar du när du själv väljer vård i en annan region.", place="–", kind="practice", law="")  # fmt: skip
MET = Reason(
    sentence="Din hemregion kräver ingen remiss för ögonmottagning.",
    place="Stockholm, ögon", law="remissregler februari 2021", kind="regional_rule", as_of=date(2021, 2, 1),
)  # fmt: skip
PAYER = Reason(sentence="Din hemregion betalar vården.", place="8 kap. 3 §", **LAW)  # type: ignore[arg-type]


def _remiss(home: tuple[str, str], care: tuple[str, str], state: str) -> Answer:
    return Answer(
        question="Behövs remiss?", icon="document", state=state, reasons=(MET,),
        parts=(Part(label="Hemregion, Stockholm", state=home[0], short=home[1]),
               Part(label="Vårdregion, Västerbotten", state=care[0], short=care[1])),
    )  # fmt: skip


ANSWERS = {
    "yes": (
        Answer(question="Får jag komma hit?", icon="door", state="yes",
               short="Ja, du får välja den här mottagningen.", reasons=(CHOICE,)),
        _remiss(("yes", "behövs inte"), ("yes", "behövs, och du har den"), "yes"),
        Answer(question="Vem betalar?", icon="wallet", state="yes", reasons=(PAYER, TRAVEL),
               short="Region Stockholm betalar vården. Resan betalar du."),
        Answer(question="Vad händer med min vårdgaranti?", icon="clock", state="warning", reasons=(CHOICE,),
               short="Den räknas inte längre om du väljer själv."),
    ),
    "unknown": (
        Answer(question="Får jag komma hit?", icon="door", state="unknown", reasons=(CHOICE,),
               short="Det är oklart. Fråga först."),
        _remiss(("unknown", "vi vet inte"), ("yes", "behövs inte"), "unknown"),
        Answer(question="Vem betalar?", icon="wallet", state="unknown", short="Inte klart än."),
        Answer(question="Vad händer med min vårdgaranti?", icon="clock", state="yes", reasons=(CHOICE,),
               short="Den fortsätter att gälla."),
    ),
    "no": (
        Answer(question="Får jag komma hit?", icon="door", state="no", reasons=(CHOICE,),
               short="Inte utan remiss."),
        _remiss(("no", "behövs, du har ingen"), ("yes", "behövs inte"), "no"),
        Answer(question="Vem betalar?", icon="wallet", state="no", reasons=(PAYER,),
               short="Utan remiss betalar inte din region."),
        Answer(question="Vad händer med min vårdgaranti?", icon="clock", state="yes",
               short="Den påverkas inte."),
    ),
}  # fmt: skip

LABELS = (
    "Vem väljer mottagning", "Vårdgarantin", "Kostnad för vården", "Resa", "Din plats i kön", "Om du ångrar dig",
)  # fmt: skip


def _rows(*texts: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(label=a, text=b, note="") for a, b in zip(LABELS, texts, strict=True)]


def _own() -> SimpleNamespace:
    rows = _rows(
        "Du själv, i hela landet.", "Den räknas inte längre.", "Patientavgift i Västerbotten.",
        "Du betalar resan.", "Du lämnar kön när besöket är gjort.", "Du kan avboka till dagen före.",
    )  # fmt: skip
    rows[1].note = "Vårdgarantin har räknats i 47 dagar och gällde till fredag 2 juli."
    return SimpleNamespace(rows=rows, action="#", button="Jag väljer själv", hidden=[("route", "free_choice")], unavailable="")  # fmt: skip


def _region() -> SimpleNamespace:
    rows = _rows(
        "Regionen, tillsammans med dig.", "Den fortsätter att gälla.", "Inga extra kostnader.",
        "Regionens regler för sjukresor gäller.", "Du har kvar din plats tills besöket är bokat.", "Du är kvar i kön.",
    )  # fmt: skip
    return SimpleNamespace(rows=rows, action="#", button="Låt regionen ordna", hidden=[("route", "guarantee_reroute")], unavailable="")  # fmt: skip


def _clocks(today: date) -> list[Clock]:
    start = today - timedelta(days=61)
    pause = (start + timedelta(days=20), start + timedelta(days=34))
    running = Clock(
        title="Besöksgarantin", start=start, today=today, due=start + timedelta(days=104), limit_days=90,
        day_number=47, state="running", state_words="43 dagar kvar",
        segments=(
            Stretch(starts=start, ends=pause[0], kind="counted"),
            Stretch(starts=pause[0], ends=pause[1], kind="pause", label="medicinska skäl"),
            Stretch(starts=pause[1], ends=today, kind="counted"),
        ),
        offers=(OfferPoint(on=start + timedelta(days=52), label="en tid i Gävle, du tackade nej"),),
    )  # fmt: skip
    begun = today - timedelta(days=98)
    passed = Clock(
        title="Behandlingsgarantin", start=begun, today=today, due=begun + timedelta(days=90), limit_days=90,
        day_number=98, state="passed", state_words="Garantins dag har passerat",
        segments=(Stretch(starts=begun, ends=today, kind="counted"),),
    )  # fmt: skip
    return [running, passed]


def _receipt(now: datetime) -> SimpleNamespace:
    hit = _hit(now, 1, "yes")
    return SimpleNamespace(
        starts_at=hit.starts_at, ends_at=hit.ends_at, care_name=hit.care.name, clinic_name=hit.clinic.name,
        address="Exempelgatan 1, Umeå", payer_sentence="Region Stockholm betalar vården. Resan betalar du.",
        guarantee_sentence="Vårdgarantin räknas inte längre, eftersom du har valt själv.",
        papers=["Legitimation", "Listan över dina läkemedel"], reference="DEMO-0042", answers=ANSWERS["yes"],
        decided_at=now, calendar_url="#", cancel_url="#", cancelled=False,
    )  # fmt: skip


def _alternatives() -> SimpleNamespace:
    days = ("torsdag 3 juni", "fredag 4 juni", "måndag 14 juni")
    columns = [
        SimpleNamespace(title=day, clinic="Påhittade kliniken", place=place, url="#", value=str(number))
        for number, (day, place) in enumerate(zip(days, ("Gävle", "Falun", "Umeå"), strict=True))
    ]
    table = (
        ("Dagar sparade", ("41", "40", "30")), ("Avstånd", ("171 km", "220 km", "512 km")),
        ("Avtal", ("Eget avtal, får användas", "Västerbottens avtal", "Eget avtal, får användas")),
        ("Betalar", ("Region Stockholm", "Region Stockholm", "Region Stockholm")),
        ("Pris", ("inget pris avtalat", "4 200 kr (påhittat)", "inget pris avtalat")),
        ("Egen bedömning", ("ja", "nej", "ja")), ("Kontrollerad", ("för 3 minuter sedan",) * 3),
    )  # fmt: skip
    rows = [
        SimpleNamespace(label=label, cells=[SimpleNamespace(text=t, differs=t != texts[0]) for t in texts])
        for label, texts in table
    ]
    return SimpleNamespace(
        heading="De bästa vägarna för Test Testsson", columns=columns, rows=rows, action="#", name="slot",
        hidden=[("referral", "1")], button="Välj", nobody=[],
    )  # fmt: skip


def _review() -> SimpleNamespace:
    return SimpleNamespace(
        sentence="Test Testsson flyttas till Påhittade kliniken, Gävle, torsdag 3 juni kl. 09:30. Platsen i kön behålls.",
        send_url="#", undo_url="#", hidden=[],
    )  # fmt: skip


def _waiting(today: date) -> list[SimpleNamespace]:
    kinds = (("1", 98, "passed", "8 dagar för sent"), ("2", 81, "soon", "9 dagar kvar"),
             ("3", 47, "running", "43 dagar kvar"), ("4", 20, "paused", "Paus: medicinska skäl"))  # fmt: skip
    return [
        SimpleNamespace(
            key=number, url="#", alternatives_url="", need=f"Prio {need}", name=f"Test Testsson {number}",
            care="Ögon, besök", day_number=day, limit_days=90, due=today + timedelta(days=90 - day),
            risk=risk, risk_words=words, best="Gävle torsdag 3 juni, 41 dagar tidigare" if day > 40 else "",
        )
        for number, (need, day, risk, words) in enumerate(kinds, start=1)
    ]  # fmt: skip


def _week(now: datetime) -> SimpleNamespace:
    monday = now.replace(hour=8, minute=0) - timedelta(days=now.weekday())
    states = ("published", "held", "booked", "withdrawn", "published")
    days = []
    for offset in range(5):
        day = monday + timedelta(days=offset)
        times = [
            SimpleNamespace(
                starts_at=day + timedelta(hours=hour), ends_at=day + timedelta(hours=hour, minutes=45),
                care="Ögon, besök", state=states[(offset + hour) % 5], url="#",
            )
            for hour in range(offset % 4)
        ]  # fmt: skip
        days.append(SimpleNamespace(date=day.date(), today=day.date() == now.date(), times=times))
    return SimpleNamespace(title="Vecka 22", previous_url="#", next_url="#", days=days)


PLACES = (
    ("Umeå", 63.83, 20.26, 12), ("Gävle", 60.67, 17.14, 5), ("Falun", 60.60, 15.63, 3), ("Malmö", 55.60, 13.00, 40),
    ("Göteborg", 57.71, 11.97, 25), ("Stockholm", 59.33, 18.07, 60), ("Kiruna", 67.86, 20.23, 1), ("Visby", 57.64, 18.30, 2),
    ("Östersund", 63.18, 14.64, 4), ("Kalmar", 56.66, 16.36, 6),
)  # fmt: skip
DOTS = [
    Dot(key=f"clinic-{number}", lat=lat, lon=lon, label=f"{name}: {count} påhittade tider", url="#tid", count=count,
        bookable=name != "Visby")
    for number, (name, lat, lon, count) in enumerate(PLACES, start=1)
]  # fmt: skip
