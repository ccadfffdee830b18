"""Serve the web side of the program in the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.config import Settings
from bot.runtime.container import Services
from bot.web import build_app
from scripts.simulator.platform import Platform
from scripts.simulator.settings import Settings as PlatformSettings

PATIENCE_SECONDS = 20.0
"""Real seconds after which something that was expected counts as missing."""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def unhurry(services: Services, platform: Platform) -> None:
    """Let a turn take as long as a busy machine needs; a test that set the five seconds itself keeps them."""
    if services.settings.turn_deadline_seconds == Settings.model_fields["turn_deadline_seconds"].default:
        services.acknowledger._deadline = PATIENCE_SECONDS
    if platform.settings.cut_s == PlatformSettings.cut_s:
        platform.settings.update({"cut_s": 2 * PATIENCE_SECONDS})


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """Serve the web side on a free port; give its address."""
    server = make_server("127.0.0.1", 0, build_app(services), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
