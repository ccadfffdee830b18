"""Measure how fast a question is understood, and by what the same entries are found with well-known parts.

What is asked of is made from the words of all packs, so that it is as large as `--entries` and `--products` say and
reads like questions of the trade: first every entry and product as it is; then every entry once more about a product,
the product's name put before its question and five of its wordings, other ones each time round (开发票 and 云盘 become
云盘开发票), with another product each time; and every product once more in another edition (云盘 becomes 云盘家庭版),
its aliases likewise.

What is asked are its own wordings in a shuffled order, each with a particle put in or a character left out, so that
none is a wording itself and none comes from the cache. Time is this process's CPU time on one core, so that a busy
machine does not blur it; memory is the most this process took until the last question. The peers get the wordings of
the entries alone, normalised in the same way, and only have to name the nearest wording.

usage: python -m scripts.bench_understanding [--entries 10000] [--products 2000] [--questions 1000] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported

import numpy as np
from rapidfuzz import fuzz, process

from bot.knowledge.pack import load_knowledge
from bot.understanding import Context, Entry, Knowledge, Product, Understanding, normalise

ROOT = Path(__file__).resolve().parents[1]
CONTEXT = Context(date(2026, 1, 1), {})
_EDITIONS = """
家庭版 青春版 商务版 尊享版 畅享版 校园版 亲情版 银发版 乡村版 旅行版
周末版 节日版 新客版 老友版 季度版 年度版 标准版 轻享版 专业版 升级版
"""
EDITIONS = tuple(_EDITIONS.split())
WORDINGS = 5
"""Wordings of a made entry beside its question: as many as an entry must have at least."""

Figures = dict[str, Any]


def packs() -> Knowledge:
    """Read every pack there is and put them into one."""
    read = [load_knowledge(ROOT / "knowledge", file.parent.name) for file in sorted(ROOT.glob("knowledge/*/pack.yaml"))]
    entries = {entry.id: entry for pack in read for entry in pack.entries}
    products = {product.id: product for pack in read for product in pack.products}
    return replace(read[0], entries=tuple(entries.values()), products=tuple(products.values()), not_ours=())


def grown(knowledge: Knowledge, entries: int, products: int) -> Knowledge:
    """Return the knowledge with as many entries and products, by the procedure above; fewer when it is cut."""
    more_products = _editions(knowledge.products, products)
    return replace(knowledge, entries=tuple(_about(knowledge, entries)), products=tuple(more_products))


def _about(knowledge: Knowledge, wanted: int) -> Iterator[Entry]:
    names = [product.name for product in knowledge.products]
    for number in range(wanted):
        turn, place = divmod(number, len(knowledge.entries))
        entry = knowledge.entries[place]
        if not turn:
            yield entry
            continue
        name = names[(place * 7 + turn - 1) % len(names)]
        start = (turn - 1) * WORDINGS % max(len(entry.variants), 1)
        variants = tuple(name + text for text in (entry.variants * 2)[start : start + WORDINGS])
        yield replace(entry, id=f"{entry.id}-{turn}", question=name + entry.question, variants=variants)


def _editions(products: Sequence[Product], wanted: int) -> Iterator[Product]:
    for number in range(wanted):
        turn, place = divmod(number, len(products))
        product = products[place]
        if not turn:
            yield product
            continue
        edition = EDITIONS[(turn - 1) % len(EDITIONS)] * (1 + (turn - 1) // len(EDITIONS))
        aliases = tuple(text + edition for text in product.aliases)
        yield replace(product, id=f"{product.id}-{turn}", name=product.name + edition, aliases=aliases)


def questions(knowledge: Knowledge, wanted: int) -> list[str]:
    """Return questions that no wording has word by word: wordings with a particle put in or a character left out."""
    chance = random.Random(7)  # noqa: S311  (the same questions each time)
    texts = [text for entry in knowledge.entries for text in (entry.question, *entry.variants)]
    texts += [f"{product.name}{aspect}" for product in knowledge.products for aspect in product.aspects]
    chance.shuffle(texts)
    return [_changed(text, chance) for text in texts[:wanted]]


def _changed(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    if chance.random() < 0.5:
        return text[:place] + text[place + 1 :] + "呢请问"
    return text[:place] + chance.choice("这个那我就") + text[place:]


def timed(ask: Callable[[str], object], asked: Sequence[str]) -> Figures:
    """Ask each question once and return the times."""
    times = []
    for text in asked:
        start = time.process_time()
        ask(text)
        times.append((time.process_time() - start) * 1e3)
    p50, p99 = np.percentile(times, [50, 99])
    return {"mean_ms": round(float(np.mean(times)), 3), "p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3)}


def spent(build: Callable[[], Any]) -> tuple[Any, float]:
    """Return what is built and the seconds it took."""
    start = time.process_time()
    built = build()
    return built, round(time.process_time() - start, 3)


def measure(knowledge: Knowledge, wanted: int) -> Figures:
    """Return our figures: loading, a rebuild after a change of one entry, and asking."""
    engine, load = spent(lambda: Understanding(knowledge))
    asked = questions(knowledge, wanted)
    for text in asked[:20]:
        engine.understand(text + "吗", CONTEXT)
    times = timed(lambda text: engine.understand(text, CONTEXT), asked)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    added = replace(knowledge.entries[0], id="one-more")
    _, change = spent(lambda: engine.with_entries([added]))
    wordings = sum(1 + len(entry.variants) for entry in knowledge.entries)
    sizes = {
        "entries": len(knowledge.entries),
        "wordings": wordings,
        "products": len(knowledge.products),
        "questions": len(asked),
    }
    return {**sizes, **times, "load_s": load, "change_s": change, "memory_mb": round(memory, 1)}


def peers(knowledge: Knowledge, wanted: int) -> Figures:
    """Return the figures of well-known parts on the same wordings."""
    texts = [_plain(text) for entry in knowledge.entries for text in (entry.question, *entry.variants)]
    asked = questions(knowledge, wanted)
    return {
        "rapidfuzz": {"load_s": 0.0} | timed(lambda q: process.extractOne(_plain(q), texts, scorer=fuzz.ratio), asked),
        "bm25s": _bm25s(texts, asked),
        "tfidf": _tfidf(texts, asked),
    }


def _bm25s(texts: Sequence[str], asked: Sequence[str]) -> Figures:
    """Ask an index of single characters and pairs; imported here, lest it count in the memory we take."""
    import bm25s

    index = bm25s.BM25()
    pairs = [_pairs(text) for text in texts]
    _, load = spent(lambda: index.index(pairs, show_progress=False))
    return {"load_s": load} | timed(lambda q: index.retrieve([_pairs(_plain(q))], k=1, show_progress=False), asked)


def _tfidf(texts: Sequence[str], asked: Sequence[str]) -> Figures:
    """Ask by the cosine of one to three characters; imported here for the same reason."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    matrix, load = spent(lambda: vectorizer.fit_transform(texts).T.tocsr())
    return {"load_s": load} | timed(lambda q: (vectorizer.transform([_plain(q)]) @ matrix).argmax(), asked)


def _plain(text: str) -> str:
    return normalise(text).replace(" ", "")


def _pairs(text: str) -> list[str]:
    return [*text, *(text[i : i + 2] for i in range(len(text) - 1))]


def lines(figures: Figures, before: str = "") -> Iterator[str]:
    """Give the figures as lines to read."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from lines(value, f"{before}{key} ")
        else:
            yield f"{before + key:20s} {value}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the speed of understanding.")
    parser.add_argument("--pack", help="measure this pack as it is instead of what is made from all")
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--asked-peers", type=int, default=100, help="questions for the peers, which are slower")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    known = load_knowledge(ROOT / "knowledge", options.pack) if options.pack else packs()
    knowledge = known if options.pack else grown(known, options.entries, options.products)
    figures = measure(knowledge, options.questions)
    figures["peers"] = peers(knowledge, min(options.questions, options.asked_peers))
    print(json.dumps(figures) if options.json else "\n".join(lines(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
