#!/usr/bin/env python3
"""Django's command line; starts the embedded servers for as long as a command needs them."""

import os
import sys

from config.launcher.attach import attached_servers


def main() -> None:
    """Run one management command with the servers that it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with attached_servers(sys.argv):
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs the environment set above

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
