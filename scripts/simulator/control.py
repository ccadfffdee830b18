"""The control API: what the page and the tests tell virtual people, the clock and the platform to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from .clock import iso
from .deeds import CannotDo, Deed
from .people import Person, UnknownPerson
from .settings import BadSetting
from .templates import template_from

if TYPE_CHECKING:
    from .platform import Platform

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
PREFIX = "/sim/api"
PEOPLE = f"{PREFIX}/people/<who>"


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    api = Blueprint("control", __name__)
    _guards(api)
    _views(api, platform)
    _deeds(api, platform)
    _levers(api, platform)
    _additions(api, platform)
    return api


def clock_view(platform: Platform) -> dict[str, Any]:
    """Return the platform's time for the page."""
    return {"now": iso(platform.clock.now()), "offset_s": platform.clock.offset_s}


def _guards(api: Blueprint) -> None:
    @api.before_app_request
    def refuse_strangers() -> Response | None:
        """Refuse cross-site requests: the host must be this machine and a POST must carry JSON."""
        if not request.path.startswith("/sim/"):
            return None
        if request.host.rsplit(":", 1)[0] not in LOOPBACK:
            return Response("", 403)
        if request.method == "POST" and request.mimetype != "application/json":
            return Response("", 415)
        return None

    @api.app_errorhandler(UnknownPerson)
    def unknown(error: UnknownPerson) -> tuple[Response, int]:
        return jsonify(error=f"没有这个人：{error.args[0]}"), 404

    @api.app_errorhandler(CannotDo)
    def cannot(error: CannotDo) -> tuple[Response, int]:
        return jsonify(error=str(error)), 409

    @api.app_errorhandler(BadSetting)
    def bad(error: BadSetting) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400


def _body() -> dict[str, Any]:
    document = request.get_json(silent=True)
    if not isinstance(document, dict):
        raise BadSetting("a JSON object is needed")
    return document


def _views(api: Blueprint, platform: Platform) -> None:
    @api.get(f"{PREFIX}/state")
    def state() -> Response:
        return jsonify(
            clock=clock_view(platform),
            settings=platform.settings.public(),
            people=[person.view() for person in platform.people.all()],
            menu=platform.menu,
            templates=platform.templates.view(),
            scenes=platform.scenes.view(),
        )

    @api.get(f"{PEOPLE}/messages")
    def messages(who: str) -> Response:
        after = request.args.get("after", 0, int)
        return jsonify(messages=platform.phones.read(platform.people.get(who), after))

    @api.get(f"{PEOPLE}/messages/<int:seq>/explanation")
    def explanation(who: str, seq: int) -> Response:
        from .explaining import NothingSaid, explain  # loads a whole pack, which only this view needs

        person = platform.people.get(who)
        try:
            return jsonify(explain(platform.phones.read(person), seq, request.args.get("pack", "telecom")))
        except NothingSaid as error:
            raise CannotDo("只有客户打的字才能看怎么理解") from error

    @api.get(f"{PREFIX}/exchanges")
    def exchanges() -> Response:
        after, limit = request.args.get("after", None, int), request.args.get("limit", 50, int)
        return jsonify(exchanges=platform.exchanges.read(after, limit))


def _deeds(api: Blueprint, platform: Platform) -> None:
    deeds = platform.deeds

    @api.post(f"{PEOPLE}/<deed>")
    def act(who: str, deed: str) -> Response:
        person, body = platform.people.get(who), _body()
        return _settled(_act(platform, person, deed, body))

    @api.post(f"{PREFIX}/people")
    def add() -> Response:
        body = _body()
        try:
            person = Person(**body)
        except TypeError as error:
            raise BadSetting(str(error)) from error
        platform.people.add(person)
        platform.state_changed()
        return jsonify(person.view())

    def _act(platform: Platform, person: Person, deed: str, body: dict[str, Any]) -> Deed:
        plain = {"unfollow": deeds.unfollow, "enter": deeds.enter}
        if deed in plain:
            return plain[deed](person)
        named = {
            "say": lambda: deeds.say(person, str(body.pop("type", "text")), **body),
            "follow": lambda: deeds.follow(person, str(body.get("scene") or "")),
            "scan": lambda: deeds.scan(person, str(body["scene"])),
            "menu": lambda: deeds.tap_menu(person, str(body["key"])),
            "tap": lambda: deeds.tap(person, int(body["seq"]), str(body["option"])),
            "location_event": lambda: deeds.report_location(person, float(body["lat"]), float(body["lng"])),
            "notice": lambda: deeds.answer_notice(
                person, str(body["template_id"]), bool(body.get("accept")), bool(body.get("withdraw"))
            ),
        }
        if deed not in named:
            raise CannotDo(f"不会做这件事：{deed}")
        try:
            return named[deed]()
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, CannotDo):
                raise
            raise BadSetting(f"{deed}: {error}") from error


def _settled(deed: Deed) -> Response:
    """Answer after the platform has finished with the push, or at once with ?wait=0."""
    seq = deed.message["seq"] if deed.message else None
    if request.args.get("wait") == "0":
        return jsonify(seq=seq, exchanges=[], outcome="pending")
    result = deed.future.result()
    return jsonify(seq=seq, exchanges=result.exchanges, outcome=result.outcome, verdict=result.verdict)


def _levers(api: Blueprint, platform: Platform) -> None:
    @api.post(f"{PREFIX}/clock")
    def clock() -> Response:
        _move(platform, _body())
        return jsonify(clock_view(platform))

    @api.post(f"{PREFIX}/settings")
    def settings() -> Response:
        platform.change_settings(_body())
        return jsonify(platform.settings.public())

    @api.route(f"{PREFIX}/faults", methods=["GET", "POST"])
    def faults() -> Response:
        if request.method == "POST":
            try:
                platform.faults.add_from(_body())
            except TypeError as error:
                raise BadSetting(str(error)) from error
        return jsonify(faults=platform.faults.view())

    @api.post(f"{PREFIX}/faults/clear")
    def clear_faults() -> Response:
        platform.faults.clear()
        return jsonify(faults=[])

    @api.post(f"{PREFIX}/tokens/kill")
    def kill_tokens() -> Response:
        platform.tokens.kill()
        return jsonify(killed=True)


def _additions(api: Blueprint, platform: Platform) -> None:
    @api.post(f"{PREFIX}/scenes")
    def label_scene() -> Response:
        body = _body()
        try:
            platform.scenes.label(str(body["scene"]), str(body["label"]))
        except KeyError as error:
            raise BadSetting(f"scene: {error} is needed") from error
        platform.state_changed()
        return jsonify(scenes=platform.scenes.view())

    @api.post(f"{PREFIX}/templates")
    def add_template() -> Response:
        try:
            template = template_from(_body())
        except (KeyError, TypeError) as error:
            raise BadSetting(f"template: {error}") from error
        platform.templates.add(template)
        platform.state_changed()
        return jsonify(asdict(template))


def _move(platform: Platform, body: Mapping[str, Any]) -> None:
    try:
        if body.get("reset"):
            platform.clock.reset()
        elif "set" in body:
            platform.clock.move_to(datetime.fromisoformat(str(body["set"])))
        else:
            platform.clock.advance(float(body["advance_s"]))
    except (KeyError, ValueError, OverflowError) as error:
        raise BadSetting("advance_s, set or reset is needed") from error
