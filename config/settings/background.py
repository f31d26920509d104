"""Celery and Channels on one Valkey/Redis."""

from urllib.parse import urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings.environment import text

REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:1/0")
WAKE_CHANNEL = f"vardbryggan:relay:wake{urlsplit(REDIS_URL).path}"
"""What is published reaches every numbered database of a Valkey, so the name tells whose it is."""
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
"""Nobody asks for one; to wait for one, a request would have to listen to Valkey."""
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/Stockholm"
# A Valkey that takes connections and answers nothing must not keep a request waiting.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    **CELERY_TASK_PUBLISH_RETRY_POLICY,
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "capacity": 1000},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}
