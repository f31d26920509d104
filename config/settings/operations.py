"""Logs: structured, without personal data."""

import structlog

from config.settings.environment import DEBUG, text

# A traceback is written without the values of its variables: they may speak of a person.
RENDERERS = (
    [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    if DEBUG
    else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "data": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *RENDERERS,
            ],
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "data"}},
    "root": {"handlers": ["console"], "level": text("LOG_LEVEL", "INFO")},
    # A refusal is an answer, and counted as one: only faults of ours are logged.
    "loggers": {"django.request": {"level": "ERROR"}},
}
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
