"""Invented hits with their four answers, one for each way a hit can look."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace

from accounts.templatetags.screen import weekday_date
from providers.reliability import Aged, Held, Word

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


def hit(now: datetime, number: int, bookable: str) -> SimpleNamespace:
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
        confirmed_at=now - timedelta(minutes=3) if number != 3 else now - timedelta(days=4),
        stale=number == 3,
        way_there=WAYS[bookable],
        dot=f"clinic-{number}",
        when=weekday_date(starts) if number != 2 else "vecka 14, 30 mars – 5 april",
        any_time=number == 2,
        places=8,
        promised_age=timedelta(days=7),
        word=Word(
            aged=Aged(samples=700, late=4, seconds=700 * 86400),
            held=Held(kept=300, taken_back=9) if number == 1 else Held(),
        ),
        word_url="#mottagningens-ord",
    )


WAYS = {
    "yes": "",
    "unknown": "Fråga din vårdlots innan du bokar.",
    "no": "Be din vårdcentral om en remiss. Den får komma från vilken region som helst.",
}

CHOICE = Reason(sentence="Du får söka dig hit. Öppen vård får du välja i hela landet.")
TRAVEL = Reason(
    sentence="Resan betalar du när du själv väljer vård i en annan region.",
    place="–",
    kind="practice",
    law="",
)
MET = Reason(
    sentence="Din hemregion kräver ingen remiss för ögonmottagning.",
    place="Stockholm, ögon",
    law="remissregler februari 2021",
    kind="regional_rule",
    as_of=date(2021, 2, 1),
)
PAYER = Reason(sentence="Din hemregion betalar vården.", place="8 kap. 3 §", **LAW)  # type: ignore[arg-type]


def _remiss(home: tuple[str, str], care: tuple[str, str], state: str) -> Answer:
    return Answer(
        question="Behövs remiss?",
        icon="document",
        state=state,
        reasons=(MET,),
        parts=(
            Part(label="Hemregion, Stockholm", state=home[0], short=home[1]),
            Part(label="Vårdregion, Västerbotten", state=care[0], short=care[1]),
        ),
    )


ANSWERS = {
    "yes": (
        Answer(
            question="Får jag komma hit?",
            icon="door",
            state="yes",
            short="Ja, du får välja den här mottagningen.",
            reasons=(CHOICE,),
        ),
        _remiss(("yes", "behövs inte"), ("yes", "behövs, och du har den"), "yes"),
        Answer(
            question="Vem betalar?",
            icon="wallet",
            state="yes",
            reasons=(PAYER, TRAVEL),
            short="Region Stockholm betalar vården. Resan betalar du.",
        ),
        Answer(
            question="Vad händer med min vårdgaranti?",
            icon="clock",
            state="warning",
            reasons=(CHOICE,),
            short="Den räknas inte längre om du väljer själv.",
        ),
    ),
    "unknown": (
        Answer(
            question="Får jag komma hit?",
            icon="door",
            state="unknown",
            reasons=(CHOICE,),
            short="Det är oklart. Fråga först.",
        ),
        _remiss(("unknown", "vi vet inte"), ("yes", "behövs inte"), "unknown"),
        Answer(question="Vem betalar?", icon="wallet", state="unknown", short="Inte klart än."),
        Answer(
            question="Vad händer med min vårdgaranti?",
            icon="clock",
            state="yes",
            reasons=(CHOICE,),
            short="Den fortsätter att gälla.",
        ),
    ),
    "no": (
        Answer(
            question="Får jag komma hit?",
            icon="door",
            state="no",
            reasons=(CHOICE,),
            short="Inte utan remiss.",
        ),
        _remiss(("no", "behövs, du har ingen"), ("yes", "behövs inte"), "no"),
        Answer(
            question="Vem betalar?",
            icon="wallet",
            state="no",
            reasons=(PAYER,),
            short="Utan remiss betalar inte din region.",
        ),
        Answer(
            question="Vad händer med min vårdgaranti?",
            icon="clock",
            state="yes",
            short="Den påverkas inte.",
        ),
    ),
}
