"""Measure how fast a question is understood.

The pack is asked its own wordings in a shuffled order, slightly changed so that no answer comes from the cache; time is
this process's CPU time, so that a busy machine does not blur it. `--copies` multiplies entries and products under other
names to see how it grows.

usage: python -m scripts.bench_understanding [--pack telecom] [--copies 1] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from bot.understanding import Context, Entry, Knowledge, Product, Understanding
from bot.understanding.pack import load_knowledge

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = Context(date(2026, 1, 1), {})
_SYLLABLES = "东南西北天地云海山川金木水火土星月风花雪松竹梅兰菊青红蓝白紫"


def multiplied(knowledge: Knowledge, copies: int) -> Knowledge:
    """Return the knowledge with each entry and product `copies` times, every copy about a place of another name."""
    entries: list[Entry] = []
    products: list[Product] = []
    for copy in range(copies):
        place = "" if not copy else "".join(_SYLLABLES[copy // 30**power % 30] for power in range(3))
        for entry in knowledge.entries:
            variants = tuple(place + text for text in entry.variants)
            entries.append(replace(entry, id=f"{entry.id}-{copy}", question=place + entry.question, variants=variants))
        for product in knowledge.products:
            aliases = tuple(place + text for text in product.aliases)
            products.append(replace(product, id=f"{product.id}-{copy}", name=place + product.name, aliases=aliases))
    return replace(knowledge, entries=tuple(entries), products=tuple(products))


def questions(knowledge: Knowledge, count: int) -> list[str]:
    """Return questions that no wording has word by word: wordings with a particle put in or a character left out."""
    chance = random.Random(7)  # noqa: S311  (the same questions each time)
    texts = [text for entry in knowledge.entries for text in (entry.question, *entry.variants)]
    texts += [f"{product.name}{aspect}" for product in knowledge.products for aspect in product.aspects]
    chance.shuffle(texts)
    return [_changed(text, chance) for text in texts[:count]]


def _changed(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    if chance.random() < 0.5:
        return text[:place] + text[place + 1 :] + "呢请问"
    return text[:place] + chance.choice("这个那我就") + text[place:]


def measure(pack: str, copies: int, count: int) -> dict[str, float]:
    """Return the figures for one pack."""
    knowledge = multiplied(load_knowledge(ROOT / "knowledge", pack), copies)
    start = time.process_time()
    engine = Understanding(knowledge)
    load = time.process_time() - start
    asked = questions(knowledge, count)
    for text in asked[:20]:
        engine.understand(text + "吗", CONTEXT)
    times = []
    for text in asked:
        start = time.process_time()
        engine.understand(text, CONTEXT)
        times.append((time.process_time() - start) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    return {
        "entries": len(knowledge.entries),
        "products": len(knowledge.products),
        "questions": len(asked),
        "mean_ms": round(float(np.mean(times)), 3),
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
        "load_s": round(load, 3),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the speed of understanding.")
    parser.add_argument("--pack", default="telecom")
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    figures = measure(options.pack, options.copies, options.questions)
    print(json.dumps(figures) if options.json else "\n".join(f"{key:10s} {value}" for key, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
