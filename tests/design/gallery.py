"""Clearly invented sample context for every component, shown together on one page."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator

from accounts.templatetags.screen import weekday_date
from brokering.templatetags.guarantee import Clock, OfferPoint, Stretch
from providers.templatetags.sweden import Dot
from tests.design.hits import ANSWERS, hit


def context(now: datetime) -> dict[str, Any]:
    """Everything that the gallery shows, as of an aware moment."""
    hits = [hit(now, 1, "yes"), hit(now, 2, "unknown"), hit(now, 3, "no")]
    return {
        "synthetic_band": True,
        "navigation": [
            {"url": "#", "label": "Sök tid", "current": True},
            {"url": "#", "label": "Min väntan", "current": False},
            {"url": "#", "label": "Vem läste om mig", "current": False},
        ],
        "hits": hits,
        "nearest": [hit(now, 4, "yes")],
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
        label="Tidigast",
        help_text="Skriv dag, eller välj i kalendern.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(
        label="Något vi ska veta?", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    kind = forms.ChoiceField(
        label="Vem ordnar resan?",
        widget=forms.RadioSelect,
        choices=[("own", "Jag själv"), ("region", "Regionen")],
    )
    agree = forms.BooleanField(label="Jag har läst vad som händer med min vårdgaranti")


LABELS = (
    "Vem väljer mottagning",
    "Vårdgarantin",
    "Kostnad för vården",
    "Resa",
    "Din plats i kön",
    "Om du ångrar dig",
)


def _rows(*texts: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(label=a, text=b, note="") for a, b in zip(LABELS, texts, strict=True)]


def _own() -> SimpleNamespace:
    rows = _rows(
        "Du själv, i hela landet.",
        "Den räknas inte längre.",
        "Patientavgift i Västerbotten.",
        "Du betalar resan.",
        "Du lämnar kön när besöket är gjort.",
        "Du kan avboka till dagen före.",
    )
    rows[1].note = "Vårdgarantin har räknats i 47 dagar och gällde till fredag 2 juli."
    return SimpleNamespace(
        rows=rows,
        action="#",
        button="Jag väljer själv",
        hidden=[("route", "free_choice")],
        unavailable="",
    )


def _region() -> SimpleNamespace:
    rows = _rows(
        "Regionen, tillsammans med dig.",
        "Den fortsätter att gälla.",
        "Inga extra kostnader.",
        "Regionens regler för sjukresor gäller.",
        "Du har kvar din plats tills besöket är bokat.",
        "Du är kvar i kön.",
    )
    return SimpleNamespace(
        rows=rows,
        action="#",
        button="Låt regionen ordna",
        hidden=[("route", "guarantee_reroute")],
        unavailable="",
    )


def _clocks(today: date) -> list[Clock]:
    start = today - timedelta(days=61)
    pause = (start + timedelta(days=20), start + timedelta(days=34))
    running = Clock(
        title="Besöksgarantin",
        start=start,
        today=today,
        due=start + timedelta(days=104),
        limit_days=90,
        day_number=47,
        state="running",
        state_words="43 dagar kvar",
        segments=(
            Stretch(starts=start, ends=pause[0], kind="counted"),
            Stretch(starts=pause[0], ends=pause[1], kind="pause", label="medicinska skäl"),
            Stretch(starts=pause[1], ends=today, kind="counted"),
        ),
        offers=(OfferPoint(on=start + timedelta(days=52), label="en tid i Gävle, du tackade nej"),),
    )
    begun = today - timedelta(days=98)
    passed = Clock(
        title="Behandlingsgarantin",
        start=begun,
        today=today,
        due=begun + timedelta(days=90),
        limit_days=90,
        day_number=98,
        state="passed",
        state_words="Garantins dag har passerat",
        segments=(Stretch(starts=begun, ends=today, kind="counted"),),
    )
    return [running, passed]


def _receipt(now: datetime) -> SimpleNamespace:
    booked = hit(now, 1, "yes")
    return SimpleNamespace(
        starts_at=booked.starts_at,
        when=f"{weekday_date(booked.starts_at)} kl. {booked.starts_at:%H:%M}",
        care_name=booked.care.name,
        clinic_name=booked.clinic.name,
        address="Exempelgatan 1, Umeå",
        payer_sentence="Region Stockholm betalar vården. Resan betalar du.",
        guarantee_sentence="Vårdgarantin räknas inte längre, eftersom du har valt själv.",
        papers=["Legitimation", "Listan över dina läkemedel"],
        reference="DEMO-0042",
        answers=ANSWERS["yes"],
        decided_at=now,
        calendar_url="#",
        move_url="",
        cancel_until=None,
        phone="",
        cancel_url="#",
        cancelled=False,
    )


def _alternatives() -> SimpleNamespace:
    days = ("torsdag 3 juni", "fredag 4 juni", "måndag 14 juni")
    columns = [
        SimpleNamespace(
            title=day, clinic="Påhittade kliniken", place=place, url="#", value=str(number)
        )
        for number, (day, place) in enumerate(zip(days, ("Gävle", "Falun", "Umeå"), strict=True))
    ]
    table = (
        ("Dagar sparade", ("41", "40", "30")),
        ("Avstånd", ("171 km", "220 km", "512 km")),
        ("Avtal", ("Eget avtal, får användas", "Västerbottens avtal", "Eget avtal, får användas")),
        ("Betalar", ("Region Stockholm", "Region Stockholm", "Region Stockholm")),
        ("Pris", ("inget pris avtalat", "4 200 kr (påhittat)", "inget pris avtalat")),
        ("Egen bedömning", ("ja", "nej", "ja")),
        ("Kontrollerad", ("för 3 minuter sedan",) * 3),
    )
    rows = [
        SimpleNamespace(
            label=label, cells=[SimpleNamespace(text=t, differs=t != texts[0]) for t in texts]
        )
        for label, texts in table
    ]
    return SimpleNamespace(
        heading="De bästa vägarna för Test Testsson",
        columns=columns,
        rows=rows,
        action="#",
        name="slot",
        hidden=[("referral", "1")],
        button="Välj",
        nobody=[],
    )


def _review() -> SimpleNamespace:
    return SimpleNamespace(
        sentence="Test Testsson flyttas till Påhittade kliniken, Gävle, torsdag 3 juni kl. 09:30. "
        "Platsen i kön behålls.",
        send_url="#",
        undo_url="#",
        hidden=[],
    )


def _waiting(today: date) -> list[SimpleNamespace]:
    kinds = (
        ("1", 98, "passed", "8 dagar för sent"),
        ("2", 81, "soon", "9 dagar kvar"),
        ("3", 47, "running", "43 dagar kvar"),
        ("4", 20, "paused", "Paus: medicinska skäl"),
    )
    return [
        SimpleNamespace(
            key=number,
            url="#",
            alternatives_url="",
            need=f"Prio {need}",
            name=f"Test Testsson {number}",
            care="Ögon, besök",
            day_number=day,
            limit_days=90,
            due=today + timedelta(days=90 - day),
            risk=risk,
            risk_words=words,
            best="Gävle torsdag 3 juni, 41 dagar tidigare" if day > 40 else "",
        )
        for number, (need, day, risk, words) in enumerate(kinds, start=1)
    ]


def _week(now: datetime) -> SimpleNamespace:
    monday = now.replace(hour=8, minute=0) - timedelta(days=now.weekday())
    states = ("published", "held", "booked", "withdrawn", "published")
    days = []
    for offset in range(5):
        day = monday + timedelta(days=offset)
        times = [
            SimpleNamespace(
                starts_at=day + timedelta(hours=hour),
                ends_at=day + timedelta(hours=hour, minutes=45),
                care="Ögon, besök",
                state=states[(offset + hour) % 5],
                url="#",
            )
            for hour in range(offset % 4)
        ]
        days.append(SimpleNamespace(date=day.date(), today=day.date() == now.date(), times=times))
    return SimpleNamespace(title="Vecka 22", previous_url="#", next_url="#", days=days)


PLACES = (
    ("Umeå", 63.83, 20.26, 12),
    ("Gävle", 60.67, 17.14, 5),
    ("Falun", 60.60, 15.63, 3),
    ("Malmö", 55.60, 13.00, 40),
    ("Göteborg", 57.71, 11.97, 25),
    ("Stockholm", 59.33, 18.07, 60),
    ("Kiruna", 67.86, 20.23, 1),
    ("Visby", 57.64, 18.30, 2),
    ("Östersund", 63.18, 14.64, 4),
    ("Kalmar", 56.66, 16.36, 6),
)
DOTS = [
    Dot(
        key=f"clinic-{number}",
        lat=lat,
        lon=lon,
        label=f"{name}: {count} påhittade tider",
        url="#tid",
        count=count,
        bookable=name != "Visby",
    )
    for number, (name, lat, lon, count) in enumerate(PLACES, start=1)
]
