"""Gives some of the demo's people a login and a session, and prints them as JSON for the clients."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.db import connections

OWNER = "owner"
STAGES, PEOPLE_OF_A_STAGE, FREE_PLACES = 3, 20, 8
ASKERS = 8
WHERE = """
    SELECT m.region_id, s.care_id FROM providers_slot s
      JOIN providers_clinic c ON c.id = s.clinic_id
      JOIN providers_municipality m ON m.code = c.municipality_id
     WHERE s.state = 'open' AND s.opens_at <= now() AND s.starts_at > now() + interval '5 days'
       AND s.statement_id IS NULL AND s.hidden_why = ''
     GROUP BY 1, 2 HAVING count(*) >= %s
       AND (SELECT count(*) FROM brokering_referral r WHERE r.state = 'waiting' AND r.subject_id IS NULL
               AND r.issued_on IS NOT NULL AND r.home_region_id = m.region_id AND r.care_id = s.care_id) >= %s
     ORDER BY count(*), 1, 2 LIMIT %s
"""
"""Few places for many people: a region and a care where they meet."""
WHO = """
    SELECT id, patient_id FROM brokering_referral
     WHERE state = 'waiting' AND subject_id IS NULL AND issued_on IS NOT NULL
       AND home_region_id = %s AND care_id = %s ORDER BY id LIMIT %s
"""
ABROAD = """
    SELECT r.home_region_id, r.care_id FROM brokering_referral r
     WHERE r.state = 'waiting' AND r.subject_id IS NULL AND r.issued_on IS NOT NULL
       AND r.care_id IN (SELECT care_id FROM providers_slot WHERE form = 'inpatient' AND state = 'open')
     GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 1
"""
"""Where most people wait for inpatient care that another region gives only with their own region's yes."""
UNAPPROVED = "UPDATE brokering_referral SET need_approved_on = NULL WHERE id = ANY(%s::uuid[])"
CLINIC = """
    SELECT c.id, c.tenant_id, max(s.form) FROM providers_clinic c
      JOIN providers_municipality m ON m.code = c.municipality_id
      JOIN providers_slot s ON s.clinic_id = c.id AND s.care_id = %s
     WHERE m.region_id = %s GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1
"""


def main() -> int:
    """Print `{"patients": […], "clinics": […], "navigators": […]}`, each with the cookie of a session."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with connections[OWNER].cursor() as cursor:
        cursor.execute(WHERE, [FREE_PLACES, PEOPLE_OF_A_STAGE, STAGES])
        stages = cursor.fetchall()
        patients = [one for stage in stages for one in _patients(cursor, *stage)]
        clinics = [_clinic(cursor, *stage) for stage in stages]
        cursor.execute(ABROAD)
        region, care = cursor.fetchone()
        askers = _patients(cursor, region, care, most=ASKERS)
        cursor.execute(UNAPPROVED, [[who["need"] for who in askers]])
        navigators = [_navigator(cursor, region)]
    patients += [who | {"asks": "yes"} for who in askers]
    cast = {"patients": patients, "clinics": clinics, "navigators": navigators}
    json.dump(cast, sys.stdout)
    return 0


def _patients(
    cursor: Any, region: str, care: str, *, most: int = PEOPLE_OF_A_STAGE
) -> list[dict[str, str]]:
    """Half of them are of the highest need class, so that rounds offer them places."""
    cursor.execute(WHO, [region, care, most])
    made = []
    for number, (need, patient) in enumerate(cursor.fetchall()):
        user = _user(f"drill-{need}", is_patient=True)
        cursor.execute(
            "UPDATE brokering_patient SET subject_id = %s WHERE id = %s", [user.id, patient]
        )
        cursor.execute(
            "UPDATE brokering_referral SET subject_id = %s, priority = %s WHERE id = %s",
            [user.id, 1 + 2 * (number % 2), need],
        )
        place = {"region": region, "care": care}
        made.append({"user": str(user.id), "need": str(need), "cookie": _session(user), **place})
    return made


def _clinic(cursor: Any, region: str, care: str) -> dict[str, str]:
    cursor.execute(CLINIC, [care, region])
    clinic, tenant, form = cursor.fetchone()
    place = {"clinic": str(clinic), "care": care, "form": form}
    return _staff(f"drill-{clinic}", tenant, "clinic_staff") | place


def _navigator(cursor: Any, region: str) -> dict[str, str]:
    cursor.execute("SELECT tenant_id FROM providers_region WHERE code = %s", [region])
    (tenant,) = cursor.fetchone()
    return _staff(f"drill-region-{region}", tenant, "navigator")


def _staff(name: str, tenant: object, role: str) -> dict[str, str]:
    user = _user(name)
    memberships = import_module("accounts.models").Membership.objects.using(OWNER)
    memberships.create(user_id=user.id, tenant_id=tenant, role=role, valid_from="2020-01-01")
    return {"user": str(user.id), "cookie": _session(user)}


def _user(name: str, *, is_patient: bool = False) -> Any:
    """A login without a password: only the session made here opens it."""
    user = import_module("accounts.models").User(
        username=name, synthetic=True, is_patient=is_patient
    )
    user.set_unusable_password()
    user.save(using=OWNER)
    user._state.db = "default"
    return user


def _session(user: Any) -> str:
    client = import_module("django.test").Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


if __name__ == "__main__":
    sys.exit(main())
