"""The first look at every guarantee and the first matching round; later ones are the schedule's."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import django
from django.apps import apps
from django.core.management import CommandError, call_command

from config.launcher.errors import Stopped, told
from config.launcher.processes import NOT_THE_FIRST_ROUND


def main(_argv: list[str]) -> int:
    """Run it; answers NOT_THE_FIRST_ROUND when there has been a round before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if apps.get_model("brokering", "Round").objects.using("owner").exists():
        return NOT_THE_FIRST_ROUND
    import_module("brokering.tasks").watch_guarantees()
    try:
        call_command("match", all=True)
    except CommandError as error:
        raise Stopped(str(error)) from error
    return 0


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
