"""What is the same twice, nearly the same, or cannot both hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bot.knowledge.document import Document
from bot.learning.draft_impact import NEAR, contradict, figures_differ
from scripts.checks.files import Finding, PackFiles, Row, Wording, bare

_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_SHORTEST_NAME = 3
OFFERED = 2
"""Items nearest to a wording that are compared; what comes further behind is about something else."""


def same(files: PackFiles) -> Iterator[Finding]:
    """Look for one wording in two entries, and one name for two products."""
    first: dict[str, Wording] = {}
    for wording in files.wordings:
        other = first.setdefault(wording.plain, wording)
        if other.entry != wording.entry:
            yield wording.finding(
                f"问法“{wording.text}”在“{other.entry}”里已经有了，只能留一处{_against(wording.row, other.row)}"
            )
        elif other is not wording:
            yield wording.finding(f"问法“{wording.text}”写了两遍，请删去一条", error=False)
    yield from _same_names(files.products)


def near(files: PackFiles) -> Iterator[Finding]:
    """Look for wordings of two entries that are nearly the same; when their answers cannot both hold it is an error."""
    wordings = files.wordings
    if not wordings:
        return
    texts = [wording.plain for wording in wordings]
    alike = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.uint8)
    for here, there in zip(*np.nonzero(np.tril(alike, -1)), strict=True):
        wording, other = wordings[here], wordings[there]
        if wording.entry == other.entry or wording.plain == other.plain:
            continue
        told = f"问法“{wording.text}”和“{other.entry}”的“{other.text}”几乎一样"
        clash = _against(wording.row, other.row) if _numbers(wording.plain) == _numbers(other.plain) else ""
        yield wording.finding(f"{told}{clash or '，请合并或写得更不同'}", error=bool(clash))


def tiers(files: PackFiles) -> Iterator[Finding]:
    """Look for products whose table says another figure than the aspect of the same name; other prices are errors."""
    for row in files.products:
        for name, value in (row.value.get("tier") or {}).items():
            text = row.value["aspects"].get(name)
            figures = _numbers(str(value))
            if text and figures and not figures <= _numbers(text) and _numbers(text):
                reason = f"“{name}”的回答里没有 tier 写的“{value}”，两处数字对不上，请核对"
                yield row.finding(("aspects", name), reason, error="元" in str(value))


def against_products(files: PackFiles, offered: Mapping[Wording, Iterable[str]]) -> Iterator[Finding]:
    """Look for entries with other figures than the product their wording names; `offered` are the items near it.

    Only figures are compared: an entry on how to order says yes where the product's price says that nothing is due.
    """
    products = {row.id: row for row in files.products}
    named = {row.id: _names(row) for row in files.products}
    seen: set[tuple[str, str]] = set()
    for wording, items in offered.items():
        for item in list(items)[:OFFERED]:
            kind, _, rest = item.partition(":")
            product, _, aspect = rest.partition(":")
            if kind != "product" or (wording.entry, item) in seen or product not in products:
                continue
            text = products[product].value["aspects"].get(aspect, "")
            if any(name in wording.plain for name in named[product]) and figures_differ(
                wording.row.value["answer"], text
            ):
                seen.add((wording.entry, item))
                reason = f"“{wording.text}”的回答和产品“{products[product].value['name']}·{aspect}”对不上，请改成一致"
                yield wording.row.finding(("answer",), reason)


def naming(files: PackFiles) -> list[Wording]:
    """Return the wordings that name a product."""
    names = {name for row in files.products for name in _names(row)}
    return [wording for wording in files.wordings if any(name in wording.plain for name in names)]


def held_out(files: PackFiles, folder: Path) -> Iterator[Finding]:
    """Look for wordings that are kept for measuring in `folder` and so may not be used."""
    kept = {
        bare(str(row["text"])): file.name
        for file in (folder / f"{files.pack}_{kind}.yaml" for kind in ("heldout", "asked"))
        if file.is_file()
        for row in Document(file).value or ()
    }
    for wording in files.wordings:
        if wording.plain in kept:
            reason = f"问法“{wording.text}”留在 {kept[wording.plain]} 里做测试，不能同时当问法，请删去一处"
            yield wording.finding(reason)


def _same_names(products: Iterable[Row]) -> Iterator[Finding]:
    named: dict[str, str] = {}
    for row in products:
        for name in (row.value["name"], *row.value.get("aliases", ())):
            other = named.setdefault(bare(name), row.id)
            if other != row.id:
                reason = f"叫法“{name}”也是“{other}”的，客户会被反问，请去掉一处"
                yield row.finding(("aliases",), reason, error=False)


def _against(row: Row, other: Row) -> str:
    """Say that two answers cannot both hold; nothing when they can, or are for different customers."""
    if any(_answer_limits(each.value) for each in (row, other)):
        return ""
    clash = contradict(row.value["answer"], other.value["answer"])
    return f"，而两处回答互相矛盾（“{other.id}”说：{other.value['answer'][:24]}…），请核对" if clash else ""


def _answer_limits(value: Mapping[str, Any]) -> bool:
    return bool(value.get("only") or value.get("valid"))


def _names(row: Row) -> tuple[str, ...]:
    names = (bare(name) for name in (row.value["name"], *row.value.get("aliases", ())))
    return tuple(name for name in names if len(name) >= _SHORTEST_NAME)


def _numbers(text: str) -> set[str]:
    return set(_NUMBERS.findall(bare(text)))
