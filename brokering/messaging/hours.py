"""The hours of the night in which nobody is woken, as this installation has set them."""

from django.conf import settings

from brokering.messaging.timing import Quiet


def quiet_hours() -> Quiet:
    """When nobody is woken."""
    return Quiet(settings.QUIET_BEGINS, settings.QUIET_ENDS)


def late_hours() -> Quiet:
    """When nobody is woken who has agreed to be reached late; never more than everybody's quiet hours."""
    quiet = quiet_hours()
    late = Quiet(settings.EVENING_ENDS, settings.QUIET_ENDS)
    return late if quiet.covers(late.begins) else quiet


def quiet_for(*, late_evenings: bool) -> Quiet:
    """When somebody is not woken who has, or has not, agreed to be reached late."""
    return late_hours() if late_evenings else quiet_hours()
