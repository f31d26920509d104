"""Prints the demo logins that this database has."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User
from brokering.sweden.logins import PASSWORD


class Command(BaseCommand):
    """manage.py demo_logins."""

    help = "Print the demo logins."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per login; nothing but a sentence where there are none."""
        users = User.objects.filter(synthetic=True).exclude(demo_story="").order_by("username")
        if not settings.DEBUG or not users:
            self.stdout.write("There are no demo logins here.")
            return
        self.stdout.write(f"Password for all: {PASSWORD}")
        for user in users:
            self.stdout.write(f"  {user.username:<18} {user.demo_story}")
