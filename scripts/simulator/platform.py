"""The local WeChat platform as a whole: its parts, wired, and the server they are reached through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, after_this_request
from werkzeug import Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import control, gate, hostile, official_admin, official_api, pages, tags, wecom_api
from .acceptances import Acceptances
from .bus import Bus
from .clock import PlatformClock, SharedOffset
from .deeds import Deeds
from .exchanges import Exchanges
from .faults import Faults
from .media import Media
from .menu import buttons_of
from .people import People, Person, load_people
from .phones import Phones
from .pushes import Pushes
from .quotas import Quotas
from .scenes import Scenes
from .settings import Settings
from .store import Store
from .templates import load_templates
from .tokens import Tokens

HOST = "127.0.0.1"
KEPT_SETTINGS = "settings"
POLL_S = 0.05
"""Real seconds within which the server notices that it shall stop."""


class Platform:
    """One virtual platform; `serve` makes it reachable, `close` ends it.

    Without a clock of its own it follows Redis when there is one, and else the offset kept in its state.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        clock: PlatformClock | None = None,
        people: Iterable[Person] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.store = Store(self.settings.home)
        self.bus = Bus()
        self.clock = clock or self._own_clock()
        self.people = People(self.store, load_people(self.settings.people_file) if people is None else people)
        self.phones = Phones(self.store, self.bus, self.clock)
        self.exchanges = Exchanges(self.store, self.bus, self.clock, self.settings)
        self.pushes = Pushes(self.settings, self.clock, self.bus, self.phones, self.exchanges)
        self.quotas = Quotas(self.store, self.clock, self.settings)
        self.tokens = Tokens(self.store, self.clock, self.settings)
        self.acceptances = Acceptances(self.store)
        self.scenes = Scenes(self.store, self.clock)
        self.media = Media(self.store, self.clock)
        self.tags = tags.Tags(self.store, self.people)
        self.templates = load_templates(renamed=self.settings.renamed_templates())
        self.faults = Faults()
        self.typing = official_api.Typing(self)
        self.deeds = Deeds(self)
        self.base_url = f"http://{HOST}:{self.settings.port}"
        self._stopping = threading.Event()
        self._server: BaseWSGIServer | None = None
        self.settings.update(self.store.get(KEPT_SETTINGS, {}))
        self.clock.listen(self._clock_moved)
        self.app = self._application()

    def serve(self, port: int | None = None) -> Platform:
        """Listen on a port of this machine (0 takes a free one) and return at once; OSError when it is busy."""
        wanted = self.settings.port if port is None else port
        with socket.create_server((HOST, wanted)) as listening:
            self._server = make_server(
                HOST, wanted, self.app, threaded=True, request_handler=_Handler, fd=listening.fileno()
            )
            self.base_url = f"http://{HOST}:{listening.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="simulator", daemon=True).start()
        return self

    def wait(self) -> None:
        """Block until `close`."""
        self._stopping.wait()

    def close(self) -> None:
        """Stop listening, finish what is on its way, close the state."""
        self._stopping.set()
        self.bus.close()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self.pushes.close()
        self.store.close()

    @property
    def menu(self) -> dict[str, Any] | None:
        """The custom menu, if there is one."""
        found: dict[str, Any] | None = self.store.get("menu")
        return found

    @menu.setter
    def menu(self, menu: dict[str, Any] | None) -> None:
        self.store.put("menu", menu)
        self.state_changed()

    def buttons(self) -> list[Mapping[str, Any]]:
        """Return every button of the menu that can be tapped."""
        return list(buttons_of(self.menu))

    def change_settings(self, changes: dict[str, object]) -> None:
        """Change settings and keep them; the mode and the target come from the environment at the next start."""
        self.settings.update(changes)
        kept = self.store.get(KEPT_SETTINGS, {})
        kept.update({name: value for name, value in changes.items() if name not in {"mode", "target"}})
        self.store.put(KEPT_SETTINGS, kept)
        self.state_changed()

    def state_changed(self) -> None:
        """Tell the pages to read the state again."""
        self.bus.publish("state")

    def once(self, key: str, seconds: float) -> bool:
        """Tell whether a key is new within the last seconds, and remember it."""
        now = self.clock.now()
        with self.store.lock:
            self.store.write("DELETE FROM sent_once WHERE until <= ?", now)
            statement = "INSERT OR IGNORE INTO sent_once VALUES (?, ?)"
            return self.store.changed(statement, key, now + seconds) > 0

    def after_answer(self, deed: Callable[[], object]) -> None:
        """Do something once the answer of the present call has left; until then the platform is not idle."""
        release = self.pushes.hold()

        def then() -> None:
            deed()
            release()

        @after_this_request
        def later(response: Response) -> Response:
            response.call_on_close(then)
            return response

    def pause(self, seconds: float) -> None:
        """Hold a call back for real seconds, or until the platform stops."""
        if seconds > 0:
            self._stopping.wait(seconds)

    def _own_clock(self) -> PlatformClock:
        shared = SharedOffset(self.settings.redis_url) if self.settings.redis_url else None
        return PlatformClock(self.store.get("offset_s", 0), shared=shared)

    def _clock_moved(self, offset_s: float) -> None:
        self.store.put("offset_s", offset_s)
        self.bus.publish("clock", **control.clock_view(self))

    def _application(self) -> Flask:
        app = Flask("scripts.simulator", static_folder=None)
        app.json.ensure_ascii = False  # type: ignore[attr-defined]
        app.json.sort_keys = False  # type: ignore[attr-defined]
        gate.install(app, self)
        for module in (official_api, official_admin, tags, wecom_api, control, hostile, pages):
            app.register_blueprint(module.blueprint(self))
        app.wsgi_app = gate.dropping(app.wsgi_app)  # type: ignore[method-assign, assignment]
        return app


class _Handler(WSGIRequestHandler):
    """Keep connections open, send small answers at once, and do not log every call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def version_string(self) -> str:
        """Name no software."""
        return "simulator"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent: exchanges are recorded elsewhere."""


@contextmanager
def running_simulator(
    settings: Settings | None = None, clock: PlatformClock | None = None, people: Iterable[Person] | None = None
) -> Iterator[Platform]:
    """Run a platform on a free port for the length of a `with` block."""
    platform = Platform(settings, clock, people)
    try:
        yield platform.serve(0)
    finally:
        platform.close()


__all__ = ["Platform", "running_simulator"]
