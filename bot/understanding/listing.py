"""Tell what the product table says: a short list with what to do next. The sentences are `table.*` of the texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.understanding.outcome import Choice, Listing
from bot.understanding.table import Row, Table

SHOWN = 5
"""Rows in one message."""

LABEL = 30
VAGUE = 0.5
"""The score of asking which sort of product is meant; an answer that is surer goes first."""

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_CURRENCY, _DAYS = "元", "天"


class Teller:
    """Puts rows into words. Nothing is told that the table or the aspects do not say."""

    def __init__(self, texts: Mapping[str, str], table: Table) -> None:
        self._texts = texts
        self._table = table

    def fitting(self, what: str, rows: Sequence[Row], skip: int) -> Listing | None:
        """List the rows that fit, from `skip` on."""
        head = self._say("fitting", what=what or self._say("anything"), count=len(rows))
        return self._list(head, rows, skip)

    def nothing(self, what: str, nearest: Sequence[Row]) -> Listing | None:
        """Say honestly that nothing fits, and what comes nearest."""
        return self._list(self._say("nothing", what=what), nearest[:3], 0)

    def most(self, rows: Sequence[Row], attribute: str, noun: str, wish: str) -> Listing | None:
        """Name what has most (least) of it, with the next ones."""
        best = [row for row in rows if row.number(attribute) == rows[0].number(attribute)]
        names = "、".join(row.name for row in best[:3])
        words = {"name": names, "attribute": attribute, "value": rows[0].values[attribute].text}
        head = self._say(f"most_{wish}", noun=noun or self._say("anything"), **words)
        return self._list(head, rows[: max(3, min(len(best), SHOWN))], 0)

    def ordered(self, rows: Sequence[Row], attribute: str, noun: str, wish: str, skip: int) -> Listing | None:
        """List by an attribute, the most (least) of it first."""
        head = self._say(f"ordered_{wish}", attribute=attribute, noun=noun or self._say("anything"))
        return self._list(head, rows, skip)

    def which(self, attribute: str) -> Listing:
        """Ask which sort of product is meant, naming the commonest."""
        sorts = "、".join(self._table.sorts(attribute)[:3])
        return Listing(self._say("which", sorts=sorts), (), VAGUE, about="table:0:")

    def beside(self, last: Row, rows: Sequence[Row], attribute: str, wish: str, skip: int) -> Listing:
        """List what has more (less) of it than `last`; say so when nothing has."""
        own = last.values[attribute].text
        words = {"name": last.name, "attribute": attribute, "value": own}
        if not rows:
            return Listing(self._say(f"already_{wish}", **words), (), 1.0, about=_about([last], 1))
        listing = self._list(self._say(f"beside_{wish}", count=len(rows), **words), rows, skip)
        return listing or self.no_more(_about([last], 1))

    def no_more(self, about: str) -> Listing:
        """Say that there is nothing further."""
        return Listing(self._say("no_more"), (), 1.0, about=about)

    def compared(self, rows: Sequence[Row], missing: Sequence[str], topic: str, *, worth: bool) -> Listing:
        """Put rows beside each other, attribute by attribute, or one aspect when that was asked."""
        lines = [self._say("missing", what="、".join(missing))] if missing else []
        lines.append(self._say("compared", names=self._say("and").join(row.name for row in rows)))
        own = self._topic_lines(rows, topic) if topic else []
        lines += own or self._value_lines(rows)
        if worth and (saying := self._worth(rows)):
            lines.append(saying)
        options = tuple(Choice(row.item, row.name[:LABEL]) for row in rows)
        return Listing("\n".join(lines), options, 1.0, tail=self._say("tail"), about=_about(rows, len(rows)))

    def _value_lines(self, rows: Sequence[Row]) -> list[str]:
        names = dict.fromkeys(name for row in rows for name in row.values)
        unsaid = self._say("unsaid")
        told = []
        for name in names:
            values = [row.values[name].text if name in row.values else unsaid for row in rows]
            same = len(set(values)) == 1
            text = self._say("same", value=values[0]) if same else self._say("versus").join(values)
            told.append(self._say("line", attribute=name, values=text))
        return told

    def _topic_lines(self, rows: Sequence[Row], topic: str) -> list[str]:
        """Return what each product says of one aspect; one that says nothing is told so."""
        if all(topic in row.values for row in rows) or not any(topic in self._table.aspects[row.id] for row in rows):
            return []
        unsaid = self._say("unsaid")
        said = [(row.name, self._table.aspects[row.id].get(topic, unsaid)) for row in rows]
        return [self._say("line", attribute=name, values=text.removeprefix(name)) for name, text in said]

    def _worth(self, rows: Sequence[Row]) -> str:
        """Say which is cheapest for what one gets, when there is one price and one measured thing to compare."""
        price = self._table.attribute_of(_CURRENCY)
        shared = set.intersection(*(set(row.values) for row in rows))
        spans = {value.number for row in rows for value in row.values.values() if value.unit == _DAYS}
        things = [name for name in shared - {price} if rows[0].values[name].unit not in ("", _DAYS)]
        if price not in shared or price is None or len(things) != 1 or len(spans) > 1:
            return ""
        costs = [((row.number(price) or 0.0) / (row.number(things[0]) or 1.0), row) for row in rows]
        if min(cost for cost, _ in costs) <= 0:
            return ""
        cost, best = min(costs, key=lambda pair: pair[0])
        unit = "".join(re.findall(r"[^\d.]+", best.values[things[0]].text))
        return self._say("worth", thing=things[0], unit=unit, name=best.name, cost=f"{cost:.2f}")

    def _list(self, head: str, rows: Sequence[Row], skip: int) -> Listing | None:
        shown = rows[skip : skip + SHOWN]
        if not shown:
            return None
        left = len(rows) - skip - len(shown)
        tail = self._say("tail_more", count=left) if left else self._say("tail")
        options = tuple(Choice(row.item, _label(row)) for row in shown)
        head = self._say("next") if skip else head
        return Listing(head, options, 1.0, tail=tail, about=_about(shown, skip + len(shown)))

    def _say(self, key: str, **values: object) -> str:
        return _PLACEHOLDER.sub(lambda hit: str(values.get(hit[1], hit[0])), self._texts.get(f"table.{key}", ""))


def _label(row: Row) -> str:
    """Return the name with what it does not say itself: 流量日包 3元·1GB."""
    values = [value.text for value in row.values.values() if value.text not in row.name]
    return f"{row.name} {'·'.join(values)}"[:LABEL].strip()


def _about(rows: Sequence[Row], shown: int) -> str:
    return f"table:{shown}:{','.join(row.id for row in rows)}"
