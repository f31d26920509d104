"""A place is judged the same whether it comes alone or among a hundred thousand."""

from datetime import timedelta
from operator import itemgetter

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from accounts.tenancy import acting_as
from providers.actions.deliveries import Source, apply, stage
from providers.actions.slots import NewSlot, publish, withdraw
from providers.models import Delivery, Slot, StagedSlot
from providers.staging import StagedRow
from tests.factories import EYES, NOW, a_clinic, acting, at, staff

EITHER_FORM = "op-ortopedi"
LATER = NOW + timedelta(hours=1)

places = st.builds(
    NewSlot,
    care=st.sampled_from([EYES, EYES, EITHER_FORM, "besok-hud", "no-such-care"]),
    form=st.sampled_from(["", "", "open", "inpatient", "sideways"]),
    starts_at=st.sampled_from([NOW - timedelta(days=1), LATER, at(3), at(20), at(21), at(50)]),
    ends_at=st.sampled_from([at(3, 10), at(20), at(20, 10), at(50, 10), at(51)]),
    mode=st.sampled_from(["", "", "on_site", "video", "by_post"]),
    source_key=st.sampled_from(["", "a", "a", "b", "Ö"]),
)
"""Few values, so that keys meet, and every rule is met alone and together with others."""


def alone(by, clinic, new: list[NewSlot]) -> list[str]:
    """Outcomes of the path for single places."""
    done = publish(by=by, clinic=clinic.id, times=new, now=LATER)
    told = dict.fromkeys(done.created, "created") | dict.fromkeys(done.unchanged, "unchanged")
    told |= {one.index: one.why.code for one in done.refused}
    return [told[index] for index in range(len(new))]


def together(by, clinic, new: list[NewSlot]) -> list[str]:
    """Outcomes of the path for many."""
    rows = [
        StagedRow(
            index,
            clinic.id,
            one.care,
            one.form,
            one.starts_at,
            one.ends_at,
            one.source_key,
            one.mode,
        )
        for index, one in enumerate(new)
    ]
    source = Source(tenant=clinic.tenant_id, channel=Delivery.Channel.API)
    delivery = stage(by=by, source=source, rows=rows, now=LATER)
    apply(by=by, delivery=delivery, now=LATER)
    found = StagedSlot.objects.filter(delivery_id=delivery.id).order_by("index")
    return ["created" if one.outcome == "reopened" else one.outcome for one in found]


def in_a_world_that_never_was(way, by, clinic, new: list[NewSlot]):
    """What a path tells, and the places that it leaves; taken back afterwards."""
    with transaction.atomic():
        told = way(by, clinic, new)
        facts = ("care_id", "form", "starts_at", "ends_at", "state", "source_key", "mode")
        moments = ("published_at", "opens_at", "confirmed_at")
        left = sorted(
            Slot.objects.values_list(*facts, *moments), key=itemgetter(2, 3, 0, 1, 5, 4, 6)
        )
        transaction.set_rollback(True)
    return told, left


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(places, max_size=4), new=st.lists(places, max_size=8), data=st.data())
def test_alone_and_together_rows_meet_the_same_fate_and_leave_the_same_places(
    database, before, new, data
):
    clinic = a_clinic(cares=[EYES, EITHER_FORM], release_after=timedelta(days=5))
    by = acting(staff(Role.CLINIC_STAFF, clinic.tenant))
    with acting_as(by):
        made = publish(by=by, clinic=clinic.id, times=before, now=NOW).created.values()
        gone = data.draw(st.lists(st.sampled_from(list(made)), unique=True)) if made else []
        withdraw(by=by, slots=gone, now=NOW)
        first = in_a_world_that_never_was(alone, by, clinic, new)
        second = in_a_world_that_never_was(together, by, clinic, new)
        assert first == second
        transaction.set_rollback(True)
