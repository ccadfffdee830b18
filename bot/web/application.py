"""Put the Flask application together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.runtime.container import Services
from bot.web.health import health_blueprint
from bot.web.webhook import webhook_blueprint

_GUARDS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))

log = structlog.get_logger(__name__)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def build_app(services: Services) -> Flask:
    """Return the WSGI application; loads the knowledge, so the first request is as fast as the next."""
    app = Flask("tiexin", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = services.settings.max_body_bytes
    app.url_map.merge_slashes = False  # no redirect, which would repeat whatever Host the caller named
    app.register_blueprint(webhook_blueprint(services))
    app.register_blueprint(health_blueprint(services))
    app.register_error_handler(HTTPException, _plain)
    app.wsgi_app = _guarded(app.wsgi_app)  # type: ignore[assignment,method-assign]
    if services.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=services.settings.trusted_proxies)  # type: ignore[method-assign]
    _ = services.acknowledger
    return app


def _plain(error: HTTPException) -> Response:
    """Answer an HTTP error with its number only."""
    return Response(status=error.code or 500, mimetype="text/plain")


def _guarded(application: WSGIApplication) -> WSGIApplication:
    """Add to every answer that it is what it says and is kept by nobody."""

    def guarded(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            return start(status, [*headers, *_GUARDS], error)

        return application(environ, begin)

    return guarded
