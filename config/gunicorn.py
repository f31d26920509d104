"""How gunicorn answers HTTP in production: `gunicorn -c python:config.gunicorn config.wsgi`."""

import os
from typing import Any

from config.settling import settle

workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
"""Each keeps a connection to PostgreSQL: processes times threads must fit within its max_connections."""
keepalive = 20
"""Seconds: longer than a proxy waits before it uses a connection again."""
timeout = 60
graceful_timeout = 3


def post_worker_init(worker: Any) -> None:
    """Say that a process has loaded the product; before, it takes connections and answers none."""
    settle()
    worker.log.info("web process ready")
