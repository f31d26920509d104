"""The one class that Django looks for in a database backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base, client

from config.launcher.attach import ensure

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell`, the servers first."""

    def runshell(self, parameters: Iterable[str]) -> None:
        """Open psql."""
        ensure()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, running by the time a connection is opened: `decide` and `clock` never open one."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Open a connection."""
        ensure()
        opened: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        return opened
