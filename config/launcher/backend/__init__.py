"""Django's PostgreSQL backend that starts the embedded servers when the first connection is asked for."""
