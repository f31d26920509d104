"""Brings the database up to date: migrations, reference data, a demo Sweden when there is none."""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from config.launcher.errors import Stopped, refuse_full_disk, told
from config.launcher.places import data_folder
from config.launcher.steps import step

OWNER = "owner"


def main(_argv: list[str]) -> int:
    """Run every step; what cannot be done is told in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        _bring_up_to_date()
    except (CommandError, OperationalError) as error:
        refuse_full_disk(data_folder())
        raise Stopped(str(error).strip()) from error
    return 0


def _bring_up_to_date() -> None:
    with step("Database structure"):
        call_command("migrate", verbosity=0)
    with step("Reference data"), open(os.devnull, "w") as nowhere:
        call_command("load_reference", stdout=nowhere)
    if settings.DEBUG and not _has_clinics():
        call_command("load_sweden", scale="demo")
    if not settings.DEBUG:
        with step("Static files"):
            call_command("collectstatic", interactive=False, verbosity=0)


def _has_clinics() -> bool:
    return bool(apps.get_model("providers", "Clinic").objects.using(OWNER).exists())


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
