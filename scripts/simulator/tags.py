"""Tags on followers and their limits ("用户标签管理")."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from .apierrors import ApiError, ok
from .gate import body_json, call
from .people import People
from .store import Store

if TYPE_CHECKING:
    from .platform import Platform

MOST, NAME_BYTES, A_PERSON, BATCH, FIRST_ID = 100, 30, 20, 50, 100
"""Tags in all, bytes of a name, tags on a person, people a call, first id that is not the system's."""


class Tags:
    """Tags by id, and who wears them."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def all(self) -> list[dict[str, object]]:
        """Return every tag with its number of wearers."""
        rows = self._store.rows(
            "SELECT id, name, (SELECT count(*) FROM tagged WHERE tag = id) AS count FROM tags ORDER BY id"
        )
        return [dict(row) for row in rows]

    def of(self, openid: str) -> list[int]:
        """Return the ids of a person's tags."""
        return [row["tag"] for row in self._store.rows("SELECT tag FROM tagged WHERE openid = ? ORDER BY tag", openid)]

    def wearers(self, tag: int) -> list[str]:
        """Return the openids that wear a tag."""
        rows = self._store.rows("SELECT openid FROM tagged WHERE tag = ? ORDER BY openid", self._known(tag))
        return [row["openid"] for row in rows]

    def create(self, name: str) -> dict[str, object]:
        """Make a tag."""
        existing = self.all()
        if len(existing) >= MOST:
            raise ApiError(45056)
        key = FIRST_ID + len(existing)
        while any(one["id"] == key for one in existing):
            key += 1
        self._name("INSERT INTO tags (name, id) VALUES (?, ?)", name, key)
        return {"id": key, "name": name}

    def rename(self, tag: int, name: str) -> None:
        """Give a tag another name."""
        self._name("UPDATE tags SET name = ? WHERE id = ?", name, self._known(tag))

    def delete(self, tag: int) -> None:
        """Remove a tag from everyone."""
        self._store.write("DELETE FROM tags WHERE id = ?", self._known(tag))
        self._store.write("DELETE FROM tagged WHERE tag = ?", tag)

    def put_on(self, tag: int, openids: list[str], on: bool) -> None:
        """Put a tag on people or take it off."""
        self._known(tag)
        if not 1 <= len(openids) <= BATCH:
            raise ApiError(40032, "invalid openid list size")
        for openid in openids:
            if self._people.at(openid, "official") is None:
                raise ApiError(49003)
            if on and len(set(self.of(openid)) | {tag}) > A_PERSON:
                raise ApiError(45059)
        remove = "DELETE FROM tagged WHERE tag = ? AND openid = ?"
        statement = "INSERT OR IGNORE INTO tagged VALUES (?, ?)" if on else remove
        for openid in openids:
            self._store.write(statement, tag, openid)

    def _known(self, tag: int) -> int:
        if tag < FIRST_ID:
            raise ApiError(45058)
        if self._store.row("SELECT 1 FROM tags WHERE id = ?", tag) is None:
            raise ApiError(45159)
        return tag

    def _name(self, statement: str, name: str, key: int) -> None:
        if not name:
            raise ApiError(45157)
        if len(name.encode()) > NAME_BYTES:
            raise ApiError(45158)
        try:
            self._store.write(statement, name, key)
        except sqlite3.IntegrityError as error:
            raise ApiError(45157) from error


def blueprint(platform: Platform) -> Blueprint:
    """Return the routes."""
    api = Blueprint("tags", __name__)

    @api.route("/cgi-bin/tags/<action>", methods=["GET", "POST"])
    @call(platform)
    def tags(action: str) -> dict[str, object]:
        if action == "get":
            return {"tags": platform.tags.all()}
        return _change(platform.tags, action, body_json(platform))

    @api.post("/cgi-bin/tags/members/<action>")
    @call(platform)
    def members(action: str) -> dict[str, object]:
        document = body_json(platform)
        if action not in {"batchtagging", "batchuntagging"}:
            raise ApiError(48001)
        openids = [str(one) for one in document.get("openid_list", [])]
        platform.tags.put_on(_number(document.get("tagid")), openids, action == "batchtagging")
        return ok()

    @api.post("/cgi-bin/user/tag/get")
    @call(platform)
    def wearers() -> dict[str, object]:
        found = platform.tags.wearers(_number(body_json(platform).get("tagid")))
        return {"count": len(found), "data": {"openid": found}, "next_openid": found[-1] if found else ""}

    return api


def _change(tags: Tags, action: str, document: Mapping[str, Any]) -> dict[str, object]:
    tag = document.get("tag")
    entry = tag if isinstance(tag, Mapping) else {}
    name = str(entry.get("name", ""))
    if action == "create":
        return {"tag": tags.create(name)}
    if action == "getidlist":
        return {"tagid_list": tags.of(str(document.get("openid", "")))}
    if action == "update":
        tags.rename(_number(entry.get("id")), name)
    elif action == "delete":
        tags.delete(_number(entry.get("id")))
    else:
        raise ApiError(48001)
    return ok()


def _number(value: object) -> int:
    text = str(value)
    if not text.isdigit():
        raise ApiError(45159)
    return int(text)
