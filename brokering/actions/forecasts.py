"""Makes the forecasts of a care: new rows beside older ones, which nobody changes. Only the system acts."""

from datetime import datetime

from django.db import transaction

from accounts.actions.trail import record
from accounts.tenancy import Actor
from brokering.forecast import VERSION, expected
from brokering.models import Forecast
from brokering.selectors.forecast_facts import facts_of, record_of
from brokering.selectors.places import swedish_day


def lay_forecasts(*, by: Actor, care: str, now: datetime) -> int:
    """A forecast for every clinic of a care whose history is long enough; how many are new.

    Once a day: what was said in the morning stands, however often it is run.
    """
    if Forecast.objects.filter(care=care, made_on=swedish_day(now)).exists():
        return 0
    facts = facts_of(care, now=now)
    kept = record_of(care, on=facts.on)
    rows = []
    for clinic in sorted(set(facts.began) | set(facts.waiting)):
        known = facts.known(clinic)
        found = expected(known)
        if found is not None:
            past = kept.get(clinic)
            rows.append(
                Forecast(
                    clinic_id=clinic,
                    care_id=care,
                    made_on=facts.on,
                    made_at=now,
                    early=found.early,
                    middle=found.middle,
                    late=found.late,
                    places=[list(line) for line in found.places],
                    stays=found.stays,
                    weeks=len(known.weeks),
                    judged=past.judged if past else 0,
                    held=past.held if past else 0,
                    version=VERSION,
                    fingerprint=found.fingerprint,
                )
            )
    with transaction.atomic():
        Forecast.objects.bulk_create(rows)
        if rows:
            record("forecast.made", care, by=by, now=now, clinics=len(rows))
    return len(rows)
