"""What every platform call passes: faults, token, address list, daily counts, JSON, and the record of the exchange."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, jsonify, request

from .apierrors import ApiError
from .faults import Fault
from .people import UnknownPerson

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .platform import Platform

DAILY = {
    "/cgi-bin/token": 2000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/message/template/send": 100_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/info": 500_000,
    "/cgi-bin/menu/create": 1000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
}
"""Calls a day by path; counted until midnight of the business zone."""
CLEARS_A_MONTH = 10
DROP = "tiexin.drop"
"""Key in the WSGI environment that asks for the connection to be closed without an answer."""
_ESCAPE = re.compile(rb"(?<!\\)\\u(00[89a-fA-F][0-9a-fA-F]|0[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-fA-F][0-9a-fA-F]{3})")

_RECEIVER = re.compile(r'"touser":\s*"([^"|]+)')

View = Callable[..., Any]


def body_json(platform: Platform) -> dict[str, Any]:
    r"""Return the JSON body; empty is ApiError 44002, broken 47001.

    The platform is known to show `\u4f60` as it stands instead of the character, so unless the setting
    `literal_escapes` is off a caller must send UTF-8.
    """
    raw = request.get_data()
    if not raw:
        raise ApiError(44002)
    if platform.settings.literal_escapes:
        raw = _ESCAPE.sub(rb"\\\\u\1", raw)
    try:
        document = json.loads(raw)
    except ValueError as error:
        raise ApiError(47001) from error
    if not isinstance(document, dict):
        raise ApiError(47001)
    return document


def call(platform: Platform, wecom: bool = False, token: bool = True) -> Callable[[View], View]:
    """Wrap a view: count the call, check the token, turn ApiError into the platform's answer."""

    def wrap(view: View) -> View:
        @wraps(view)
        def run(**arguments: Any) -> Any:
            try:
                _count(platform)
                if wecom:
                    check_address(platform, 60020)
                if token:
                    platform.tokens.check(request.args.get("access_token", ""), wecom)
                answer = view(**arguments)
            except ApiError as error:
                answer = error.answer(platform.clock.now())
            return jsonify(answer) if isinstance(answer, dict) else answer

        return run

    return wrap


def check_address(platform: Platform, code: int) -> None:
    """Raise the ApiError for a caller whose address is not on the list."""
    allowed = platform.settings.ip_allow
    if allowed and request.remote_addr not in allowed:
        raise ApiError(code, f"invalid ip {request.remote_addr}, not in whitelist" if code == 40164 else "")


def clear_counts(platform: Platform) -> None:
    """Set the daily counts back, ten times a month."""
    month = platform.clock.moment().strftime("%Y-%m")
    used = platform.store.get("cleared", {})
    if used.get(month, 0) >= CLEARS_A_MONTH:
        raise ApiError(48006)
    platform.store.put("cleared", {month: used.get(month, 0) + 1})
    platform.store.write("DELETE FROM calls")


def install(app: Flask, platform: Platform) -> None:
    """Put faults before, and the record behind, every call of the platform's API."""

    @app.before_request
    def before() -> Response | None:
        g.started = time.monotonic()
        if "/cgi-bin/" not in request.path:
            return None
        fault: Fault | None = platform.faults.take(request.path)
        if fault is None:
            return None
        if fault.drop_after:
            g.drop = fault
            return None
        platform.pause(fault.delay_s)
        return _faulty(platform, fault)

    @app.after_request
    def after(response: Response) -> Response:
        if "/cgi-bin/" not in request.path:
            return response
        fault: Fault | None = g.get("drop")
        _record(platform, response, "dropped" if fault else "")
        if fault:
            platform.pause(fault.delay_s)
            request.environ[DROP] = True
        return response


def dropping(app: WSGIApplication) -> WSGIApplication:
    """Wrap a WSGI application: where a fault asks for it, close the connection instead of answering."""

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        held: list[tuple[Any, ...]] = []

        def hold(*arguments: Any) -> Callable[[bytes], object]:
            held.append(arguments)
            return lambda chunk: None

        content = app(environ, hold)
        if environ.get(DROP):
            if hasattr(content, "close"):
                content.close()
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("dropped by a fault")
        start_response(*held[0])
        return content

    return run


def _faulty(platform: Platform, fault: Fault) -> Response | None:
    if fault.http_status:
        response = Response("", fault.http_status)
    elif fault.errcode:
        response = jsonify(ApiError(fault.errcode, fault.detail).answer(platform.clock.now()))
    else:
        return None
    return response


def _count(platform: Platform) -> None:
    limit = platform.settings.daily_limit or DAILY.get(request.path)
    if not limit:
        return
    row = platform.store.row(
        "INSERT INTO calls VALUES (?, ?, 1) ON CONFLICT (path, day) DO UPDATE SET count = count + 1 RETURNING count",
        request.path,
        platform.clock.moment().date().isoformat(),
    )
    if row and row["count"] > limit:
        raise ApiError(45009)


def _record(platform: Platform, response: Response, verdict: str) -> None:
    if not platform.settings.record:
        return
    readable = response.mimetype == "application/json"
    answer = response.get_data(as_text=True) if readable else f"({response.mimetype})"
    sent = request.get_data(as_text=True) if "media/upload" not in request.path else "(file)"
    platform.exchanges.add(
        kind="api",
        person=_meant(platform, sent),
        method=request.method,
        url=request.full_path.rstrip("?"),
        request_headers={name: value for name, value in request.headers.items() if name != "Cookie"},
        request_body=sent,
        request_plain="",
        status=response.status_code,
        response_body=answer,
        response_plain="",
        ms=round((time.monotonic() - g.started) * 1000, 1),
        attempt=1,
        verdict=verdict or _verdict(response, answer),
    )


def _meant(platform: Platform, sent: str) -> str:
    """Return the id of the (first) person a call is for."""
    named = _RECEIVER.search(sent)
    try:
        return platform.people.get(named.group(1)).id if named else ""
    except UnknownPerson:
        return ""


def _verdict(response: Response, answer: str) -> str:
    if response.status_code != 200:
        return f"status {response.status_code}"
    code = re.search(r'"errcode":\s*(-?\d+)', answer)
    return "ok" if code is None or code.group(1) == "0" else f"errcode {code.group(1)}"
