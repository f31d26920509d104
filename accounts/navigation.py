"""The places where each role works: the header's navigation and the start page are made of this table."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from accounts.tenancy import Actor


@dataclass(frozen=True)
class Place:
    """One page that a permission opens; without a permission it is for everyone."""

    url_name: str
    label: Promise
    story: Promise
    permission: Permission | None = None


@dataclass(frozen=True)
class Link:
    """A place as a link on the page that is shown now."""

    url: str
    label: Promise
    story: Promise
    current: bool


PLACES = (
    Place(
        "search",
        _("Hitta en tid"),
        _("Sök lediga tider i hela landet och se vad som gäller för varje tid."),
    ),
    Place(
        "calculator",
        _("Vad gäller?"),
        _("Se om du får söka vård någonstans, om det behövs remiss och vem som betalar."),
    ),
    Place(
        "my_wait",
        _("Min väntan"),
        _("Se hur länge du har väntat, till när vårdgarantin gäller och vilka tider du har."),
        Permission.SEE_OWN_WAIT,
    ),
    Place(
        "my-contact",
        _("Meddelanden"),
        _("Bestäm hur du vill bli nådd, och se vad du har fått veta och när."),
        Permission.SEE_OWN_WAIT,
    ),
    Place(
        "worklist",
        _("Väntande"),
        _("Se vilka som väntar, vems garanti som snart passeras, och ordna en annan plats."),
        Permission.SEE_WAITING,
    ),
    Place(
        "contact-tasks",
        _("Att nå"),
        _("Se vilka patienter som inte har kunnat nås, och skriv ut brev att posta."),
        Permission.REROUTE,
    ),
    Place(
        "approvals",
        _("Ska godkännas"),
        _("Svara när en patient vill vårdas i en annan region. Tiden hålls medan ni svarar."),
        Permission.REROUTE,
    ),
    Place(
        "approvals",
        _("Ska godkännas"),
        _("Svara om ni kan göra en behandling som en patient har valt. Tiden hålls så länge."),
        Permission.SEE_ADDRESSED,
    ),
    Place(
        "clinics",
        _("Mottagningens tider"),
        _("Publicera och ta bort tider, och se vad som är bokat vecka för vecka."),
        Permission.PUBLISH,
    ),
    Place(
        "remiss-new",
        _("Skriv remiss"),
        _("Skicka en remiss till en mottagning, och se direkt om dagen ser ut att hålla."),
        Permission.REFER,
    ),
    Place(
        "remiss-mine",
        _("Mina remisser"),
        _("Se vad som har hänt med enhetens remisser, och boka tid åt patienten."),
        Permission.BOOK_FOR_PATIENT,
    ),
    Place(
        "agreements",
        _("Avtal"),
        _("Se vilka avtal som gäller, vad de omfattar och hur mycket av taket som är använt."),
        Permission.SEE_AGREEMENTS,
    ),
    Place(
        "rules",
        _("Remissregler"),
        _("Se, ändra och bekräfta regionens remissregler, och läs vad en ändring skulle betyda."),
        Permission.EDIT_RULES,
    ),
    Place(
        "designations",
        _("Utsedda mottagningar"),
        _("Skriv in vilka mottagningar som är utsedda för vård som inte ges överallt."),
        Permission.EDIT_RULES,
    ),
    Place(
        "offer-policy",
        _("Hur vi frågar patienter"),
        _("Bestäm hur länge era patienter får svara på ett erbjudande och hur de söks."),
        Permission.EDIT_RULES,
    ),
    Place(
        "planning",
        _("Planering"),
        _("Se var platserna inte räcker de närmaste 13 veckorna, och vad regioner kan dela på."),
        Permission.DECIDE_CAPACITY,
    ),
    Place(
        "region-events",
        _("Allvarlig händelse"),
        _("Slå på och av läget allvarlig händelse, och se vilka platser andra regioner har gett."),
        Permission.DECLARE_EVENT,
    ),
    Place(
        "rounds",
        _("Matchning"),
        _("Kör en matchning och läs varför var och en fick, eller inte fick, ett förslag."),
        Permission.RUN_ROUND,
    ),
    Place(
        "readings",
        _("Vem läste om mig"),
        _("Se vilka i vården som har öppnat dina uppgifter här, när och varför."),
        Permission.SEE_OWN_WAIT,
    ),
    Place(
        "audit",
        _("Vem läste vad"),
        _("Granska vilka som har öppnat patienters uppgifter, i vilket uppdrag och varför."),
        Permission.READ_ACCESS_LOG,
    ),
)


def links_for(actor: Actor | None, path: str) -> list[Link]:
    """The places that are open to the actor; `path` is the address of the page that is shown."""
    return [_link(place, path) for place in PLACES if _is_open(place, actor)]


def _link(place: Place, path: str) -> Link:
    url = reverse(place.url_name)
    return Link(url, place.label, place.story, current=path.startswith(url))


def _is_open(place: Place, actor: Actor | None) -> bool:
    if place.permission is None:
        return True
    return actor is not None and actor.may(place.permission)
