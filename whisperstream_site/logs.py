"""Structured logs: one JSON object a line, or coloured lines on a terminal."""

import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys of services and of this server, and what stands in a header or an address that has one.
_KEY = re.compile(r"\b(?:sk-|wsp_)[\w-]{6,}|(?<=Bearer )[^\s'\",;]+|(?<=/join/)[\w-]+")


def configure(level: str, form: str) -> None:
    """Routes structlog and the standard library's loggers through one formatter on standard error.

    `form` is json, console, or auto: console on a terminal, json elsewhere. Tracebacks never show local variables,
    since those may hold what users said.
    """
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Any] = [
        structlog.processors.format_exc_info,
        _without_keys,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(),
    ]
    # What Celery says of each task that it sends, takes and does, every few seconds.
    routine = "DEBUG" if level == "DEBUG" else "WARNING"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
                    "foreign_pre_chain": shared,
                }
            },
            "filters": {"done": {"()": _WithoutSuccesses}} if level != "DEBUG" else {},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Below warning, these log SDP, candidates and frames.
                "aiortc": {"level": "WARNING"},
                "aioice": {"level": "WARNING"},
                # Below warning, these log addresses, which may be secret.
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
                # At debug it logs every query with its values, which include the words of users.
                "django.db.backends": {"level": "INFO"},
                # Daphne logs every start and every connection, which tells an operator nothing new.
                "daphne": {"level": "WARNING"},
                # A missing page or a refused request is nothing that somebody who runs the server must know.
                "django.request": {"level": "ERROR" if level == "WARNING" else level},
                "celery.beat": {"level": routine},
                "celery.worker.strategy": {"level": routine},
                "celery.worker.consumer.connection": {"level": routine},
                "celery.app.trace": {"filters": ["done"] if level != "DEBUG" else []},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _without_keys(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No key is ever logged on purpose; but an error of a library may quote one."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _KEY.sub("…", value)
    return event


class _WithoutSuccesses(logging.Filter):
    """Of what Celery says of the end of a task, keeps what went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Task %(name)s[%(id)s] succeeded")
