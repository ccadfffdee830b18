"""The platforms' callbacks: `/wechat/<account>` and `/wecom/<account>`."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qsl

import structlog
from flask import Blueprint, Response, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot import metrics
from bot.channels.accounts import OfficialEntry, WeComEntry
from bot.channels.errors import Refused, UnknownAccount
from bot.channels.official_account import OfficialAccount
from bot.channels.wecom import WeComApp
from bot.intake.acknowledge import NotKept
from bot.log import REFUSALS
from bot.runtime.container import Services

log = structlog.get_logger(__name__)
refusals = structlog.get_logger(REFUSALS)

Transport = OfficialAccount | WeComApp

CUT_SECONDS = 5.0
"""After so long the platform closes the connection by itself."""


def webhook_blueprint(services: Services) -> Blueprint:
    """Return the routes of both callbacks."""
    blueprint = Blueprint("webhook", __name__)
    official, wecom = _Hook(services, "official"), _Hook(services, "wecom")
    methods = ["GET", "POST"]
    blueprint.add_url_rule("/wechat/<account>", "official", official.view(services.accounts.official), methods=methods)
    blueprint.add_url_rule("/wecom/<account>", "wecom", wecom.view(services.accounts.wecom), methods=methods)
    return blueprint


class _Hook:
    """Verify, parse, answer, render: one for each kind of account."""

    def __init__(self, services: Services, channel: str) -> None:
        self._services = services
        self._channel = channel
        self._ack = metrics.ACK_SECONDS.labels(channel)

    def view(self, find: Callable[[str], OfficialEntry | WeComEntry]) -> Callable[[str], Response]:
        """Return the Flask view; `find` gives an account by name."""

        def view(account: str) -> Response:
            started = time.monotonic()
            try:
                transport: Transport = find(account).channel
                query = parse_qsl(request.query_string.decode("ascii", "replace"), keep_blank_values=True)
                body = (
                    self._echo(transport, query) if request.method == "GET" else self._turn(transport, query, started)
                )
            except UnknownAccount:
                return Response(status=404)
            except Refused as refused:
                return self._refuse(refused.status, refused.reason)
            except RequestEntityTooLarge:
                return self._refuse(413, "too_large")
            except HTTPException:
                raise
            except NotKept:
                return self._unanswered(started)
            except Exception:  # whatever it is, the message is not known to be kept: the platform must ask again
                log.exception("webhook_failed", channel=self._channel, remedy="report the traceback")
                metrics.HANDLER_ERRORS.inc()
                return self._unanswered(started)
            self._ack.observe(time.monotonic() - started)
            return body

        return view

    def _echo(self, transport: Transport, query: list[tuple[str, str]]) -> Response:
        return Response(transport.handshake(query), mimetype="text/plain")

    def _turn(self, transport: Transport, query: list[tuple[str, str]], started: float) -> Response:
        received = transport.receive(query, _body())
        reply = self._services.acknowledger.answer(received.incoming, received.signature, started)
        body, _ = transport.respond(received, reply, self._services.clock.now())
        return Response(body, mimetype="application/xml" if body.startswith("<") else "text/plain")

    def _unanswered(self, started: float) -> Response:
        """Let the platform deliver the message again: `success` would be a promise that nothing keeps.

        WeCom repeats after any status but 200. The Official Account's documents name only an answer that does not come
        within five seconds, so it gets none: they run out and the connection is closed. Where the server does not give
        us the connection, and for a handshake, the status says it.
        """
        connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
        if self._channel == "official" and request.method == "POST" and connection is not None:
            threading.Event().wait(max(0.0, CUT_SECONDS - (time.monotonic() - started)))
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return Response(status=503)

    def _refuse(self, status: int, reason: str) -> Response:
        metrics.REFUSED.labels(self._channel, reason).inc()
        refusals.info("refused", channel=self._channel, reason=reason)
        return Response(status=status)


def _body() -> bytes:
    """Return the request's body.

    Raises:
        Refused: 400, it is cut short or its chunks are malformed; gunicorn notices that only while it is read.
    """
    try:
        return request.get_data(cache=False)
    except (ParseException, OSError):
        raise Refused(400, "body") from None
