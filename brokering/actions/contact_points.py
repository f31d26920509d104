"""Where a patient wants to be reached: added, changed and ended by the patient, encrypted at rest."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.db.models import QuerySet

from accounts.actions.trail import record
from accounts.errors import NotAllowed, NotFound
from accounts.identity import Sealed, decrypt, encrypt
from accounts.tenancy import Actor
from brokering.access import belongs
from brokering.errors import BadAddress, ChannelMissing
from brokering.messaging.channels import set_up
from brokering.models import Channel, ContactPoint, Patient

NONCE_BYTES = 12
MOBILE = re.compile(r"\+[1-9][0-9]{6,14}")
"""A number as E.164 writes it."""
SWEDISH_MOBILE = re.compile(r"07[02369][0-9]{7}")
FILLING = re.compile(r"[ ()\-]")
LANGUAGES = ("sv", "en", "sv-ll")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How somebody wants to be reached. A letter has no address: it goes where the person is registered."""

    channel: Channel
    address: str = ""
    rank: int = 1
    language: str = "sv"


def set_contact_point(*, by: Actor, wanted: Wanted, now: datetime) -> ContactPoint:
    """Add a way to be reached; one that the patient had on the channel ends in the same transaction.

    Raises NotFound for somebody who is no patient here, BadAddress, ChannelMissing.
    """
    if wanted.channel not in set_up():
        raise ChannelMissing(channel=wanted.channel)
    sealed = encrypt(cleaned(wanted.channel, wanted.address), secrets.token_bytes(NONCE_BYTES))
    with transaction.atomic():
        patient = _patient(by)
        for earlier in _current(patient).filter(channel=wanted.channel):
            _end(earlier, by=by, now=now)
        point = ContactPoint.objects.create(
            tenant_id=patient.tenant_id,
            subject_id=patient.subject_id,
            patient=patient,
            channel=wanted.channel,
            address_encrypted=sealed.data,
            address_key_version=sealed.version,
            rank=wanted.rank,
            language=wanted.language if wanted.language in LANGUAGES else "sv",
            created_at=now,
            synthetic=patient.synthetic,
        )
        told = {"channel": str(point.channel)}
        record("contactpoint.set", point.id, by=by, now=now, belongs=belongs(point), **told)
        return point


def end_contact_point(*, by: Actor, point_id: UUID, now: datetime) -> None:
    """The patient is not reached there any longer. Raises NotFound, NotAllowed."""
    with transaction.atomic():
        point = ContactPoint.objects.filter(id=point_id, ended_at__isnull=True).first()
        if point is None:
            raise NotFound
        if point.subject_id != by.id:
            raise NotAllowed
        _end(point, by=by, now=now)


def cleaned(channel: Channel, address: str) -> str:
    """An address as it is kept; raises BadAddress."""
    match channel:
        case Channel.EMAIL:
            return _mail(address.strip())
        case Channel.SMS:
            return _number(FILLING.sub("", address.strip()))
        case _:
            return ""


def address_of(point: ContactPoint) -> str:
    """The address in the clear, for its owner and for what is sent."""
    return decrypt(Sealed(point.address_key_version, bytes(point.address_encrypted)))


def _mail(address: str) -> str:
    try:
        EmailValidator()(address)
    except ValidationError as error:
        raise BadAddress(channel=Channel.EMAIL) from error
    return address


def _number(number: str) -> str:
    swedish = f"+46{number[1:]}" if SWEDISH_MOBILE.fullmatch(number) else number
    international = f"+{swedish[2:]}" if swedish.startswith("00") else swedish
    if not MOBILE.fullmatch(international):
        raise BadAddress(channel=Channel.SMS)
    return international


def _patient(by: Actor) -> Patient:
    """Locked, so that two changes at once come one after the other."""
    patient = Patient.objects.select_for_update(no_key=True).filter(subject=by.id).first()
    if patient is None:
        raise NotFound
    return patient


def _current(patient: Patient) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(patient=patient, ended_at__isnull=True)


def _end(point: ContactPoint, *, by: Actor, now: datetime) -> None:
    ContactPoint.objects.filter(id=point.id).update(ended_at=now)
    record("contactpoint.ended", point.id, by=by, now=now, belongs=belongs(point))
