"""One PostgreSQL database, four roles; the application's own role cannot bypass row-level security."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config.settings.environment import DEBUG, flag, required, text

ROLE_URLS = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_OWNER_URL",
    "matcher": "DATABASE_MATCHER_URL",
    "relay": "DATABASE_RELAY_URL",
}

# The embedded servers start with the first connection: a command that opens none starts nothing.
ENGINE = (
    "config.launcher.backend" if flag("VARDBRYGGAN_EMBEDDED") else "django.db.backends.postgresql"
)

NO_JIT = "-c jit=off"
"""Compiling a statement takes longer than any of ours runs."""
PLANNED_ONCE = {"matcher": "-c plan_cache_mode=force_generic_plan"}
"""The pages of the queue read a view of many tables: to plan one takes ten times as long as to answer it."""
PREPARED_FROM = 0
"""After how many times a statement of `accounts.database.statements` is kept prepared; no other is."""


def _database(alias: str, url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    options = {key: value for key, value in parts.items() if key in {"sslmode", "sslrootcert"}}
    asked = f"{NO_JIT} {PLANNED_ONCE.get(alias, '')}".strip()
    options |= {"options": asked, "prepare_threshold": PREPARED_FROM}
    return {
        "ENGINE": ENGINE,
        "NAME": parts.get("dbname"),
        "USER": parts.get("user"),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _databases() -> dict[str, Any]:
    if DEBUG and not text("DATABASE_URL", ""):
        return {}
    if not required("DATABASE_URL").startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://; no other database is supported."
        )
    return {alias: _database(alias, required(variable)) for alias, variable in ROLE_URLS.items()}


DATABASES = _databases()
CELERY_DB_REUSE_MAX = 1000
"""Without it every Celery task opens a new connection (docs/decisions)."""
