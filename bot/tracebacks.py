"""Tracebacks without what customers wrote: a database's error is told by its primary message and where it happened.

PostgreSQL's DETAIL holds the whole row that was refused (words, names, addresses, OpenIDs), and the errors of libraries
above repeat it. What is left of each error of a chain is its class, SQLSTATE, primary message, table and constraint.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator

import psycopg
from sqlalchemy.exc import StatementError

_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"
_DATA_EXCEPTION = "22"
"""The class of SQLSTATEs whose primary message quotes the value: 'invalid input syntax for type date: "…"'."""
_DETAIL = re.compile(r"(?:^|\n)(?:DETAIL|CONTEXT|QUERY): .*", re.DOTALL)
_VALUE = re.compile(r"((?:invalid input|malformed|date/time field)[^:\n\"]{0,80}: )\".*", re.DOTALL)


def said(error: BaseException) -> str:
    """Return an error's message as it may be written down."""
    if isinstance(error, psycopg.Error):
        return _database(error)
    if isinstance(error, StatementError):
        return f"({type(error.orig).__name__}) {_original(error)}\n[SQL: {error.statement}]"
    return without_detail(str(error))


def without_detail(text: str) -> str:
    """Return text without PostgreSQL's DETAIL and quoted values, for errors that others have put into words."""
    return _VALUE.sub(r"\1…", _DETAIL.sub("\nDETAIL: …", text))


def formatted(error: BaseException) -> str:
    """Return the traceback of an error with all that led to it, as Python shows it."""
    return "".join(_chain(error, set())).rstrip("\n")


def _original(error: StatementError) -> str:
    """Return what the driver said; what another layer says of a value it could not pass on quotes the value."""
    return _database(error.orig) if isinstance(error.orig, psycopg.Error) else "…"


def _database(error: psycopg.Error) -> str:
    primary, state = error.diag.message_primary, error.diag.sqlstate
    if primary is None:  # the driver's own: the connection broke, a value has no form
        return without_detail(str(error))
    if (state or "").startswith(_DATA_EXCEPTION):
        primary = primary.partition(":")[0]
    places = {
        "table": error.diag.table_name,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
    }
    where = "".join(f" {kind}={name}" for kind, name in places.items() if name)
    return f"{primary} [{state}{where}]"


def _chain(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _chain(before, seen)
        yield _CAUSED if error.__cause__ is not None else _DURING
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{_name(type(error))}: {said(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in seen:
                yield from _chain(each, seen)


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
