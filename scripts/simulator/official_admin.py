"""The Official Account's other calls: menu, QR codes, users, tags, media, addresses, quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from . import menu as menus
from .apierrors import ApiError, ok
from .gate import body_json, call, clear_counts
from .media import picture
from .people import Person

if TYPE_CHECKING:
    from .platform import Platform

CALLBACK_ADDRESSES = ["127.0.0.1"]
LONG_AGO = 1_735_660_800
"""When those followed who did so before the simulator knew them: the first day of 2025."""


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    api = Blueprint("official_admin", __name__)
    _menu_routes(api, platform)
    _code_routes(api, platform)
    _user_routes(api, platform)
    _media_routes(api, platform)

    @api.get("/cgi-bin/getcallbackip")
    @call(platform)
    def callback_addresses() -> dict[str, object]:
        return {"ip_list": CALLBACK_ADDRESSES}

    @api.post("/cgi-bin/clear_quota")
    @call(platform)
    def clear_quota() -> dict[str, object]:
        if body_json(platform).get("appid") != platform.settings.app_id:
            raise ApiError(40013)
        clear_counts(platform)
        return ok()

    return api


def _menu_routes(api: Blueprint, platform: Platform) -> None:
    @api.post("/cgi-bin/menu/create")
    @call(platform)
    def create_menu() -> dict[str, object]:
        platform.menu = menus.checked(body_json(platform))
        return ok()

    @api.get("/cgi-bin/menu/get")
    @call(platform)
    def get_menu() -> dict[str, object]:
        if platform.menu is None:
            raise ApiError(46003)
        return {"menu": platform.menu}

    @api.get("/cgi-bin/menu/delete")
    @call(platform)
    def delete_menu() -> dict[str, object]:
        platform.menu = None
        return ok()


def _code_routes(api: Blueprint, platform: Platform) -> None:
    @api.post("/cgi-bin/qrcode/create")
    @call(platform)
    def create_code() -> dict[str, object]:
        made = platform.scenes.create(body_json(platform))
        platform.state_changed()
        return made

    @api.get("/cgi-bin/showqrcode")
    def show_code() -> Response:
        ticket = request.args.get("ticket", "")
        if platform.scenes.scene(ticket) is None:
            return Response("", 404)
        return Response(picture(ticket, 25, 8), mimetype="image/png")


def _person(platform: Platform, openid: str) -> Person:
    person = platform.people.at(openid, "official")
    if person is None:
        raise ApiError(40003)
    return person


def _profile(platform: Platform, person: Person) -> dict[str, object]:
    """Return what user/info still tells: neither name nor picture since 2021-12-27."""
    if not person.following:
        return {"subscribe": 0, "openid": person.address}
    return {
        "subscribe": 1,
        "openid": person.address,
        "language": "zh_CN",
        "subscribe_time": int(person.subscribed_at) or LONG_AGO,
        "remark": "",
        "groupid": 0,
        "tagid_list": platform.tags.of(person.address),
        "subscribe_scene": "ADD_SCENE_QR_CODE" if person.scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(person.scene) if person.scene.isdigit() else 0,
        "qr_scene_str": "" if person.scene.isdigit() else person.scene,
    }


def _user_routes(api: Blueprint, platform: Platform) -> None:
    @api.get("/cgi-bin/user/info")
    @call(platform)
    def user_info() -> dict[str, object]:
        return _profile(platform, _person(platform, request.args.get("openid", "")))

    @api.post("/cgi-bin/user/info/batchget")
    @call(platform)
    def user_infos() -> dict[str, object]:
        asked = [str(one.get("openid", "")) for one in body_json(platform).get("user_list", [])]
        if not 1 <= len(asked) <= 100:
            raise ApiError(40003, "invalid openid list size")
        return {"user_info_list": [_profile(platform, _person(platform, openid)) for openid in asked]}

    @api.get("/cgi-bin/user/get")
    @call(platform)
    def user_list() -> dict[str, object]:
        followers = sorted(one.address for one in platform.people.all() if one.account == "official" and one.following)
        after = request.args.get("next_openid", "")
        page = [openid for openid in followers if openid > after][:10_000]
        last = page[-1] if page else ""
        return {"total": len(followers), "count": len(page), "data": {"openid": page}, "next_openid": last}


def _media_routes(api: Blueprint, platform: Platform) -> None:
    @api.post("/cgi-bin/media/upload")
    @call(platform)
    def upload() -> dict[str, object]:
        file = request.files.get("media")
        if file is None:
            raise ApiError(41005)
        kind = request.args.get("type", "")
        media_id = platform.media.add(kind, file.read(), file.mimetype or "application/octet-stream")
        return {"type": kind, "media_id": media_id, "created_at": int(platform.clock.now())}

    @api.get("/cgi-bin/media/get")
    @call(platform)
    def download() -> Response:
        content, mime = platform.media.get(request.args.get("media_id", ""))
        return Response(content, mimetype=mime, headers={"Content-disposition": 'attachment; filename="media"'})
