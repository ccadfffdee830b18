"""What a question was about: the category of the knowledge it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.understanding import Knowledge


def topics(knowledge: Knowledge) -> Mapping[str, str]:
    """Return item id without its aspect -> category: `entry:tel-bb-slow`, `product:5g-plan`."""
    found = {f"entry:{entry.id}": entry.category for entry in knowledge.entries}
    return found | {f"product:{product.id}": product.category or product.name for product in knowledge.products}


def topic_of(knowledge: Knowledge, item: str) -> str | None:
    """Return the category of one item; None when it is gone."""
    kind, _, rest = item.partition(":")
    name = rest.partition(":")[0]
    if kind == "product":
        return next((each.category or each.name for each in knowledge.products if each.id == name), None)
    return next((each.category for each in knowledge.entries if each.id == name), None)


def categories(knowledge: Knowledge) -> list[str]:
    """Return the categories that somebody can answer for: of the entries, those with most first, then of products."""
    entries = Counter(entry.category for entry in knowledge.entries)
    products = Counter(product.category or product.name for product in knowledge.products)
    return list(dict.fromkeys(name for counted in (entries, products) for name, _ in counted.most_common()))
