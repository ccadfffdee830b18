"""Who answers for what, set in a manager's chat: 分类, 分类 宽带 张伟."""

from __future__ import annotations

from rapidfuzz import fuzz, process

from bot.dialogue import Router, Turn
from bot.learning import experts
from bot.learning.topics import categories
from bot.store.models import Manager, Role
from handlers.manager.staff_only import staff_only

router = Router()
SHOWN = 12
_ME = frozenset({"我", "我自己", "自己", "本人"})
_NEAR = 60


@router.staff(r"分类(?:列表|清单|负责人)?|谁负责什么")
@staff_only
def listed(turn: Turn) -> str:
    """Say who answers for which category, and which nobody answers for yet."""
    rows = experts.listed(turn.db, turn.person.pack, turn.person.branch_id)
    lines = [turn.say("knower.line", category=row.category, name=row.manager.name) for row in rows]
    given = {row.category for row in rows}
    free = [category for category in categories(turn.understanding.knowledge) if category not in given][:SHOWN]
    head = turn.say("knower.head") if rows else turn.say("knower.none")
    return "\n".join([head, *lines, turn.say("knower.tail", free="、".join(free), example=free[0] if free else "")])


@router.staff(r"分类[\s:：]+(?P<category>\S{1,12})[\s:：]+(?:给|归|由)?(?P<name>\S{1,6})(?:负责)?")
@staff_only
def appointed(turn: Turn, category: str, name: str) -> str:
    """Let a colleague answer for a category; a manager may only take one on himself."""
    me = turn.staff()
    known = categories(turn.understanding.knowledge)
    if category not in known:
        near = process.extractOne(category, known, scorer=fuzz.partial_ratio, score_cutoff=_NEAR)
        if near:
            return turn.say("knower.unknown_category.near", category=category, near=near[0])
        return turn.say("knower.unknown_category", category=category, known="、".join(known[:SHOWN]))
    chosen: Manager | None = me if name in _ME or name == me.name else None
    if chosen is None and me.role is not Role.SUPERVISOR:
        return turn.say("knower.own_only", category=category)
    chosen = chosen or experts.named(turn.db, turn.person.branch_id, name)
    if chosen is None:
        return turn.say("learn.nobody", name=name)
    experts.appoint(
        turn.db,
        pack=turn.person.pack,
        branch_id=turn.person.branch_id,
        category=category,
        manager=chosen,
        by=me,
        now=turn.now,
        trace=turn.trace,
    )
    return turn.say("knower.set", category=category, name=chosen.name)
