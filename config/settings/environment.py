"""Reads the environment; what is missing or malformed stops the start with one plain sentence."""

import os

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """Value of an environment variable; raises ImproperlyConfigured that names it when absent."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is not set; see docs/running.md."
        )
    return value


def text(name: str, default: str) -> str:
    """Value of an environment variable, or a default that is safe everywhere."""
    return os.environ.get(name, default)


def flag(name: str) -> bool:
    """True for 1/true/yes/on, False for absent or 0/false/no/off; anything else is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"The environment variable {name} is {value!r}; use 1 or 0.")


def number(name: str, default: int) -> int:
    """Whole number from the environment; raises ImproperlyConfigured when it is not one."""
    value = os.environ.get(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(
            f"The environment variable {name} is {value!r}; use a whole number."
        )
    return int(value)


def listed(name: str, default: str = "") -> list[str]:
    """Comma-separated values, empty parts dropped."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


DEBUG = flag("DEBUG")
