"""The page, the pictures on it, and the stream of events that keeps it current."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response, send_from_directory

from .apierrors import ApiError
from .bus import CLOSED, Bus
from .settings import HERE

if TYPE_CHECKING:
    from .platform import Platform

FOLDER = HERE / "page"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEARTBEAT_S = 15
"""Real seconds after which a comment keeps a quiet stream open."""


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("pages", __name__)

    @pages.after_request
    def guarded(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @pages.get("/")
    def index() -> Response:
        return send_from_directory(FOLDER, "index.html")

    @pages.get("/<path:name>")
    def file(name: str) -> Response:
        return send_from_directory(FOLDER, name)

    @pages.get("/sim/pictures/<media_id>")
    def picture(media_id: str) -> Response:
        try:
            content, mime = platform.media.get(media_id)
        except ApiError:
            return Response("", 404)
        return Response(content, mimetype=mime)

    @pages.get("/sim/events")
    def events() -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(stream(platform.bus), mimetype="text/event-stream", headers=headers)

    return pages


def stream(bus: Bus) -> Iterator[str]:
    """Yield every event from now on as server-sent events, until the platform stops."""
    with bus.watch() as watcher:
        yield "retry: 1000\n\n"
        while True:
            try:
                event = watcher.get(timeout=HEARTBEAT_S)
            except queue.Empty:
                yield ": still here\n\n"
                continue
            if event == CLOSED:
                return
            kind, data = event
            yield f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
