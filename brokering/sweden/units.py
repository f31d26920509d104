"""What kinds of clinic a synthetic region has, and how private clinics differ from each other."""

from dataclasses import dataclass

from providers.reference import CareRow

DIGITAL = "dig-"
"""Cares given at a distance have clinics of their own."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A kind of clinic: what it is called and which care areas it covers (or exactly which cares)."""

    key: str
    name: str
    areas: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    regime: str = "own"

    def cares(self, catalogue: tuple[CareRow, ...]) -> tuple[CareRow, ...]:
        """The cares of the unit in catalogue order."""
        if self.codes:
            return tuple(care for care in catalogue if care.code in self.codes)
        return tuple(
            care
            for care in catalogue
            if care.area in self.areas and not care.code.startswith(DIGITAL)
        )


OWN_UNITS = (
    Unit(key="ogon", name="ögonmottagningen", areas=("ogon",)),
    Unit(key="onh", name="öron-näsa-halskliniken", areas=("onh", "horapparat")),
    Unit(
        key="kirurgi",
        name="kirurgkliniken",
        areas=("kirurgi", "urologi", "karlkirurgi", "plastikkirurgi", "magtarm"),
    ),
    Unit(
        key="ortopedi",
        name="ortopedkliniken",
        areas=("ortopedi", "handkirurgi", "ryggkirurgi", "smarta", "rehabilitering"),
    ),
    Unit(
        key="kvinno",
        name="kvinno- och barnkliniken",
        areas=("kvinno", "barnmedicin", "habilitering"),
    ),
    Unit(key="psykiatri", name="psykiatrimottagningen", areas=("psykiatri", "bup")),
    Unit(
        key="medicin",
        name="medicinkliniken",
        areas=(
            "hjarta",
            "internmedicin",
            "hud",
            "lung",
            "allergi",
            "neurologi",
            "endokrinologi",
            "reumatologi",
            "njure",
            "cancer",
            "hematologi",
        ),
    ),
    Unit(key="bild", name="röntgen- och laboratorieenheten", areas=("bild", "lab")),
)
UNIVERSITY_UNIT = Unit(
    key="neuro", name="neuro- och thoraxkirurgiska kliniken", areas=("neurokirurgi", "thorax")
)
UNIVERSITY_REGION = {
    "Stockholm-Gotland": "01",
    "Mellansverige": "03",
    "Sydöstra": "05",
    "Södra": "12",
    "Västra": "14",
    "Västra/Södra (delad)": "14",
    "Norra": "24",
}
"""Where a cooperation area's regionsjukvård is given here: a choice, as patients' real ways are not known."""
PRIVATE_UNITS = (
    Unit(
        key="ogon", name="ögoncentrum", codes=("besok-ogon", "op-ogon", "ater-ogon"), regime="lou"
    ),
    Unit(key="ortopedi", name="ortopedcentrum", areas=("ortopedi",), regime="lou"),
    Unit(key="hud", name="hudläkarna", areas=("hud",), regime="lol"),
    Unit(key="onh", name="öronläkarna", codes=("besok-onh", "op-onh"), regime="lou"),
    Unit(key="kvinno", name="gynekologen", codes=("besok-kvinno",), regime="lol"),
    Unit(key="horsel", name="hörselmottagningen", areas=("horapparat",), regime="lov"),
    Unit(key="kirurgi", name="bråckcentrum", areas=("kirurgi",), regime="lou"),
    Unit(
        key="npu",
        name="utredningsteamet",
        codes=("utr-npu", "besok-npu", "besok-bup"),
        regime="lou",
    ),
    Unit(key="hand", name="handkirurgcentrum", areas=("handkirurgi",), regime="lou"),
    Unit(key="urologi", name="urologmottagningen", codes=("besok-urologi",), regime="lol"),
    Unit(key="vc", name="vårdcentralen", areas=("primarvard",), regime="lov"),
    Unit(key="rygg", name="ryggkliniken", areas=("ryggkirurgi",), regime="lou"),
    Unit(key="fysio", name="fysioterapeuten", codes=("pv-fysioterapi",), regime="lof"),
    Unit(
        key="digital", name="digitala specialisten", codes=("dig-hud", "dig-ortopedi"), regime="lou"
    ),
    Unit(key="plastik", name="plastikkirurgen", areas=("plastikkirurgi",), regime="lou"),
    Unit(
        key="psyk", name="psykiaterna", codes=("besok-psykiatri", "beh-psykoterapi"), regime="lov"
    ),
    Unit(key="fot", name="fotvården", codes=("beh-medicinsk-fotvard",), regime="lov"),
    Unit(key="rontgen", name="röntgenhuset", areas=("bild",), regime="lou"),
)
