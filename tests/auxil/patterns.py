"""Every regular expression of the product, and how long each takes on texts that repeat themselves."""

from __future__ import annotations

import ast
import gc
import importlib
import itertools
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import bot
import handlers

ROOT = Path(bot.__file__).parents[1]
ALLOWED = 0.05
"""Seconds of processor time for one text."""

LONGEST = 10_000
LADDER = (12, 18, 24, 30, 36, 48, 80, LONGEST)
"""Characters. What doubles with each character is found out before it takes for ever."""

COMMON = "哈啊呀呢的了好一1 ，。你我a.-年"
ENDING = "贵!"


def modules() -> Iterator[ModuleType]:
    """Import and return every module of bot and handlers, except the migrations, which run once."""
    for package in (bot, handlers):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def compiled(*roots: object) -> dict[tuple[str, int], re.Pattern[str] | re.Pattern[bytes]]:
    """Return every pattern that our modules and `roots` hold, however deep: in containers, attributes, defaults."""
    ours = list(modules())
    foreign = {id(vars(m)) for m in gc.get_objects() if isinstance(m, ModuleType) and m not in ours}
    seen: set[int] = set(foreign)
    waiting: list[object] = [vars(module) for module in ours] + list(roots)
    found = {}
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, (ModuleType, str, bytes, int, float)):
            continue
        seen.add(id(thing))
        if isinstance(thing, re.Pattern):
            found[(str(thing.pattern), thing.flags)] = thing
        elif not isinstance(thing, (type, FunctionType)) or thing.__module__.split(".")[0] in ("bot", "handlers"):
            waiting.extend(gc.get_referents(thing))
    return found


def written_inline() -> dict[tuple[str, int], re.Pattern[str]]:
    """Return the patterns that are given to `re.search` and the like as plain text."""
    found = {}
    for path in itertools.chain((ROOT / "bot").rglob("*.py"), (ROOT / "handlers").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr != "escape"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                pattern = re.compile(node.args[0].value)
                found[(pattern.pattern, pattern.flags)] = pattern
    return found


def tokens(pattern: str) -> list[str]:
    """Return what to repeat: characters and words the pattern names, common ones, and neighbours by twos."""
    named = re.sub(r"\\[a-zA-Z]|\(\?[a-zA-Z<!=:>]*|\{[0-9,]*\}", "|", pattern)
    own = [c for c in dict.fromkeys(named) if c.isalnum() or c in " ,.，。-:：@/*[<"][:16]
    words = list(dict.fromkeys(re.findall(r"[0-9A-Za-z㐀-鿿]+", named)))[:16]
    single = list(dict.fromkeys([*COMMON, *own]))
    pairs = [a + b for some in (single, words) for a, b in itertools.pairwise(some)]
    return list(dict.fromkeys([*single, *words, *pairs, *(f"1{c}" for c in own[:12]), *(f" {c}" for c in own[:12])]))


def seconds(work: Callable[[], object], allowed: float = ALLOWED) -> float:
    """Return the processor time of this thread that `work` takes, the best of several tries when the first is slow."""
    best = float("inf")
    for _ in range(4):
        start = time.thread_time()
        work()
        best = min(best, took := time.thread_time() - start)
        if best < allowed or took > 20 * allowed:
            break
    return best


def slowest(
    call: Callable[[str], object],
    repeated: Iterable[str],
    ladder: Iterable[int] = LADDER,
    allowed: float = ALLOWED,
) -> str:
    """Return the first text, shortened, that takes longer than allowed; nothing when none does."""
    ladder = tuple(ladder)
    for token in repeated:
        for length in ladder:
            text = (token * (length // len(token) + 1))[: length - len(ENDING)] + ENDING
            if (took := seconds(lambda text=text: call(text), allowed)) >= allowed:  # type: ignore[misc]
                return f"{token!r} up to {length} characters: {took:.3f} s"
    return ""
