"""Structured logs: one JSON object a line on standard error, without secrets and without whole phone numbers."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(r"token|secret|aes_key|password|signature|authorization", re.IGNORECASE)
_QUERY = re.compile(r"\?[^\s\"']*(?:access_token|secret|signature|corpsecret)=[^\s\"']*", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_BANK_CARD = re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)")


def scrub(text: str) -> str:
    """Return `text` without query strings that carry secrets and with phone, ID and card numbers masked."""
    text = _QUERY.sub("?…", text)
    text = _ID_CARD.sub(r"\1********\2", text)
    text = _BANK_CARD.sub(r"\1********\2", text)
    return _PHONE.sub(r"\1****\2", text)


def _scrubber(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = scrub(value)
    return event


def configure(level: str, *, part: str) -> None:
    """Send the program's and the libraries' logs through one scrubbing, structured writer.

    `part` names the process: web, worker, scheduler or all.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrubber,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(part=part)
    for chatty in ("urllib3", "apscheduler", "procrastinate", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
