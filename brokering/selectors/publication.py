"""What is published of the country: clinics and services by region, and their times as a stream."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection, transaction

from brokering.law.decision import Bookable
from brokering.publication.access import OpenTo, needs_remiss, open_to
from brokering.publication.resources import Service, Site, Time, service_id
from brokering.selectors.judging import Judging, judging
from brokering.selectors.places import care_value, swedish_day
from brokering.verdict import Place, Seeker, Verdict
from providers.freshness import FEED, advertised
from providers.models import Care, Clinic, Region

Offer = tuple[UUID, str, str]
"""Clinic, care, form."""
CHUNK = 5000
SITES = """
    SELECT c.id AS clinic, c.hsa_id, c.name, p.name AS provider, p.organisation_number, c.street,
           m.name AS municipality, m.region_id AS region, r.county, c.latitude, c.longitude, c.synthetic
      FROM providers_clinic c
      JOIN providers_provider p ON p.id = c.provider_id
      JOIN providers_municipality m ON m.code = c.municipality_id
      JOIN providers_region r ON r.code = m.region_id
     ORDER BY c.id
"""
TIMES = f"""
    SELECT s.id, s.clinic_id, s.care_id, s.form, s.starts_at, s.ends_at, s.synthetic,
           s.opens_at <= %(now)s AND {advertised()} AS offered,
           coalesce((SELECT CASE k.state WHEN 'confirmed' THEN 'booked' ELSE 'held' END
               FROM providers_claim k WHERE k.slot_id = s.id AND (k.state = 'confirmed'
                    OR k.state = 'held' AND k.held_until > %(now)s)), '') AS taken,
           f.kind AS feed_kind, f.id AS feed, f.url AS feed_url, f.succeeded_at, s.source_key
      FROM providers_slot s
      JOIN providers_clinic c ON c.id = s.clinic_id
      JOIN providers_municipality m ON m.code = c.municipality_id
      {FEED}
     WHERE m.region_id = %(region)s AND s.state = 'open' AND s.starts_at > %(now)s
     ORDER BY s.clinic_id, s.starts_at, s.id
"""


@dataclass(frozen=True)
class Published:
    """A time, and for whom it is free."""

    time: Time
    free_for: OpenTo


@dataclass
class Openness:
    """For whom the places of each clinic's offers are free, asked once per stretch of equal terms."""

    now: datetime
    regions: list[str]
    cares: Mapping[str, Care]
    sites: Mapping[UUID, Site]
    _judges: dict[str, list[Judging]] = field(default_factory=dict)
    _turns: dict[tuple[UUID, str], list[date]] = field(default_factory=dict)
    _answers: dict[tuple[Offer, int], OpenTo] = field(default_factory=dict)

    def on(self, offer: Offer, day: date) -> OpenTo:
        """For whom a place of the offer on that Swedish day is free."""
        stretch = bisect_right(self._turns_of(offer), day)
        key = (offer, stretch)
        if key not in self._answers:
            self._answers[key] = open_to(self.verdicts(offer, day))
        return self._answers[key]

    def verdicts(self, offer: Offer, day: date) -> list[Verdict]:
        """The verdicts on somebody without a remiss from each of the regions."""
        clinic, care, form = offer
        place = Place(
            slot=clinic,
            clinic=clinic,
            clinic_name=self.sites[clinic].name,
            clinic_region=self.sites[clinic].region,
            care=care_value(self.cares[care]),
            form=form,
            day=day,
        )
        return [judge.verdict(place) for judge in self._of(care)]

    def _of(self, care: str) -> list[Judging]:
        if care not in self._judges:
            first, *others = (Seeker(home_region=region) for region in self.regions)
            judge = judging(first, care_value(self.cares[care]), now=self.now, clinics=self.sites)
            rest = (replace(judge, seeker=one, _decided={}) for one in others)
            self._judges[care] = [judge, *rest]
        return self._judges[care]

    def _turns_of(self, offer: Offer) -> list[date]:
        """The days from which other terms hold at the clinic."""
        clinic, care, _ = offer
        if (clinic, care) not in self._turns:
            terms = self._of(care)[0].terms.get(clinic, ())
            days = {one.valid_from for one in terms}
            days |= {
                one.valid_to.fromordinal(one.valid_to.toordinal() + 1)
                for one in terms
                if one.valid_to is not None and one.valid_to < date.max
            }
            self._turns[clinic, care] = sorted(days)
        return self._turns[clinic, care]


def region_codes() -> list[str]:
    """The regions, by code."""
    return list(Region.objects.order_by("code").values_list("code", flat=True))


def sites() -> list[Site]:
    """Every clinic of the country."""
    with connection.cursor() as cursor:
        cursor.execute(SITES)
        names = [column.name for column in cursor.description or ()]
        return [Site(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def openness_of(known: list[Site], *, now: datetime) -> Openness:
    """Everything that says for whom places at these clinics are free; read once for the whole country."""
    return Openness(
        now=now,
        regions=region_codes(),
        cares=Care.objects.in_bulk(),
        sites={site.clinic: site for site in known},
    )


def services_of(region: str, openness: Openness) -> Iterator[Service]:
    """What the region's clinics offer, in each form that the care has."""
    today = swedish_day(openness.now)
    clinics = [one.clinic for one in openness.sites.values() if one.region == region]
    pairs = Clinic.cares.through.objects.filter(clinic_id__in=clinics)
    for clinic, care in pairs.order_by("clinic_id", "care_id").values_list("clinic_id", "care_id"):
        known = openness.cares[care]
        for form in _forms(known):
            verdicts = openness.verdicts((clinic, care, form), today)
            yield Service(
                clinic=clinic,
                care=care,
                care_name=known.name_sv,
                form=form,
                needs_remiss=needs_remiss(verdicts),
                free_for=tuple(
                    region
                    for region, verdict in zip(openness.regions, verdicts, strict=True)
                    if verdict.terms is not None and verdict.bookable == Bookable.YES
                ),
                synthetic=openness.sites[clinic].synthetic,
            )


def times_of(region: str, openness: Openness) -> Iterator[Published]:
    """Every open place ahead in a region, a stream in constant memory; inside a transaction of its own."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(TIMES, {"region": region, "now": openness.now})
        while rows := cursor.fetchmany(CHUNK):
            for row in rows:
                yield _published(row, openness)


def _published(row: tuple[Any, ...], openness: Openness) -> Published:
    id, clinic, care, form, starts, ends, synthetic, offered, taken, *fed = row
    time = Time(
        slot=id,
        service=str(service_id(clinic, care, form)),
        starts_at=starts,
        ends_at=ends,
        taken=taken,
        offered=offered,
        synthetic=synthetic,
        **_source(*fed),
    )
    return Published(time, openness.on((clinic, care, form), swedish_day(starts)))


def _source(kind: str | None, feed: UUID, url: str, synced: datetime | None, key: str) -> Any:
    """Where a fetched place comes from.

    A calendar's address may be a secret and its events may be named after people: only our number is told.
    """
    if kind is None or synced is None:
        return {}
    parts = urlsplit(url)
    public = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return {
        "source": public if kind == "smart" else f"urn:uuid:{feed}",
        "source_id": (key.partition(".")[2].rpartition(".")[0] or key) if kind == "smart" else "",
        "synced_at": synced,
    }


def _forms(care: Care) -> tuple[str, ...]:
    both = care.form == Care.Form.INPATIENT_OR_DAY
    return ("open", "inpatient") if both else (care.form,)
