"""What is said: placeholders, words that are not allowed, days that are over, ids, aspects and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import requests

from bot.knowledge.document import Document
from scripts.checks.files import Finding, Keys, PackFiles, Row, at

ONLINE_SECONDS = 8
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_URL = re.compile(r"https?://[^\s<>\"'，。；！？、）)】》{}]+")
_BROKEN_FROM = 400

Reach = Callable[[str], str]
"""Ask an address; return what is wrong with it in Chinese, nothing when it answers."""


def contents(files: PackFiles) -> Iterator[Finding]:
    """Look through entries and products."""
    yield from _ids(files)
    known = {row["aspect"] for document in files.common("aspects") for row in document.value}
    for row in (*files.entries, *files.products):
        yield from _days(row, files.today)
        for path, text in row.said():
            for reason in _wrong_in(text, files):
                yield row.finding(path, reason)
    for row in files.products:
        yield from _aspects(row, known)


def texts(files: PackFiles) -> Iterator[Finding]:
    """Look through all other sentences people read; what all packs share is held to each pack's rules too."""
    for kind in ("texts", "smalltalk", "not_ours", "complaints"):
        for document in files.common(kind):
            for path, text in _sentences(kind, document):
                for word in files.rules.banned_in(text):
                    yield at(document, path, f"{files.pack} 里不能出现“{word}”，请换个说法{_why(text, files)}")


def links(files: PackFiles, reach: Reach | None = None) -> Iterator[Finding]:
    """Look at every address: its form and host, and with `reach` whether it answers."""
    hosts = files.settings.get("hosts")
    answered: dict[str, str] = {}
    for finding, url in _addresses(files):
        reason = _address_wrong(url, hosts)
        if not reason and reach is not None:
            answered.setdefault(url, reach(url))
            reason = answered[url]
        if reason:
            yield finding(f"网址 {url} {reason}")


def reached(url: str) -> str:
    """Ask an address as a browser would."""
    try:
        with requests.get(url, timeout=ONLINE_SECONDS, stream=True, headers={"User-Agent": "Mozilla/5.0"}) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        return f"打不开（{type(error).__name__}），请检查或换一个"
    return f"打不开（返回 {status}），请检查或换一个" if status >= _BROKEN_FROM else ""


def _ids(files: PackFiles) -> Iterator[Finding]:
    seen: dict[str, Row] = {}
    for row in (*files.entries, *files.products):
        if row.id in seen:
            where = seen[row.id].document.file.name
            yield row.finding((), f"编号“{row.id}”在 {where} 里已经用过，请换一个")
        seen.setdefault(row.id, row)


def _days(row: Row, today: date) -> Iterator[Finding]:
    """Look for answers that are over, or that no day is left for."""
    for path, holder in row.holders():
        valid = holder.get("valid") or {}
        start, end = (_day(valid.get(key)) for key in ("from", "to"))
        name = f"“{row.id}”" if not path else f"“{row.id}”的第 {int(path[1]) + 1} 种说法"
        if start and end and end < start:
            yield row.finding((*path, "valid"), f"{name}的 to 比 from 还早，请改日期")
        elif end and end < today:
            yield row.finding((*path, "valid"), f"{name}已于 {end} 到期，请删除或改日期")
    open_ones = [
        place
        for place, variant in enumerate(row.value.get("answers") or ())
        if not variant.get("for") and not variant.get("valid")
    ]
    if open_ones:
        reason = "这种说法没有写给谁、哪天，排在后面的和 answer 都不会用到，请补上 for 或 valid"
        yield row.finding(("answers", open_ones[0]), reason)


def _aspects(row: Row, known: set[str]) -> Iterator[Finding]:
    for aspect in row.value["aspects"]:
        if aspect not in known:
            yield row.finding(
                ("aspects", aspect), f"方面“{aspect}”不在 common/aspects.yaml 里，客户问不到，请换成已有的或先加进去"
            )
    for aspect in row.value.get("variants") or ():
        if aspect not in row.value["aspects"]:
            yield row.finding(("variants", aspect), f"方面“{aspect}”只有问法没有回答，请补进 aspects 或删去")


def _wrong_in(text: str, files: PackFiles) -> Iterator[str]:
    if not text.strip():
        yield "回答是空的，请写上内容或删去"
    for name in files.rules.unknown_in(text):
        yield f"占位符“{{{{{name}}}}}”没有定义，请写进 pack.yaml 的 placeholders"
    for word in files.rules.banned_in(text):
        yield f"回答里不能出现“{word}”，请换个说法{_why(text, files)}"


def _why(text: str, files: PackFiles) -> str:
    advice = "；".join(files.rules.advice_in(text))
    return f"（{advice}）" if advice else ""


def _sentences(kind: str, document: Document) -> Iterator[tuple[Keys, str]]:
    """Give what people read in a file of another kind."""
    value: Any = document.value or {}
    if kind == "texts":
        yield from (((key,), str(text)) for key, text in value.items())
    elif kind == "smalltalk":
        yield from (((number, "answer"), row["answer"]) for number, row in enumerate(value))
    elif kind == "not_ours":
        yield from (((number, "say"), row["say"]) for number, row in enumerate(value))
    else:
        for number, row in enumerate(value["categories"]):
            if row.get("soothe"):
                yield ("categories", number, "soothe"), row["soothe"]
            yield from ((("categories", number, "ask", key), text) for key, text in (row.get("ask") or {}).items())


def _addresses(files: PackFiles) -> Iterator[tuple[Callable[[str], Finding], str]]:
    """Give every address with a way to point at it; one made of placeholders is looked at with their defaults."""
    defaults: Mapping[str, Any] = files.settings.get("placeholders") or {}
    for row in (*files.entries, *files.products):
        found: list[tuple[Keys, str]] = [(path, url) for path, text in row.said() for url in _URL.findall(text)]
        for path, holder in row.holders():
            for kind, key in (("link", "url"), ("card", "url"), ("card", "picture")):
                if url := (holder.get(kind) or {}).get(key):
                    found.append(((*path, kind, key), url))
        for path, url in found:
            filled = _PLACEHOLDER.sub(lambda hit: str(defaults.get(hit[1], hit[0])), url)
            if filled:
                yield (lambda reason, row=row, path=path: row.finding(path, reason)), filled  # type: ignore[misc]


def _address_wrong(url: str, hosts: Sequence[str] | None) -> str:
    if unknown := _PLACEHOLDER.findall(url):
        return f"里的占位符“{unknown[0]}”没有定义，请写进 pack.yaml 的 placeholders"
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host:
        return "不是 https:// 开头的完整网址，微信里打不开，请改正"
    if hosts is not None and not any(host == known or host.endswith(f".{known}") for known in hosts):
        return f"的域名“{host}”不在 pack.yaml 的 hosts 里，请核对后加进去"
    return ""


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
