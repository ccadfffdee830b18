"""Knowledge changed while serving: entries come and go without the rest being learnt anew."""

from __future__ import annotations

from bot.understanding import Answer, Context, Entry, Understanding, Unknown

HELMET = Entry(
    "bike-helmet", "用车", "头盔在哪里借", ("借个头盔", "有没有头盔借", "头盔怎么领"), "头盔在服务点借，免费的。"
)
RETURN = Entry("bike-return", "用车", "骑完了在哪里还车", ("怎么还车", "还车点在哪"), "停进新画的绿框里。")


def asked(engine: Understanding, text: str, context: Context) -> str | None:
    understood = engine.understand(text, context)
    return understood.text if isinstance(understood, Answer) else None


def test_an_added_entry_is_answered_and_the_old_knowledge_stays(bikes: Understanding, spring: Context) -> None:
    grown = bikes.with_entries([HELMET])
    assert asked(grown, "头盔去哪里借啊", spring) == HELMET.answer
    assert asked(grown, "怎么扫码开锁", spring) == asked(bikes, "怎么扫码开锁", spring)
    assert asked(grown, "年卡多少钱", spring) == asked(bikes, "年卡多少钱", spring)
    assert asked(bikes, "头盔去哪里借啊", spring) is None
    assert grown.version != bikes.version


def test_an_entry_of_a_known_id_takes_its_place(bikes: Understanding, spring: Context) -> None:
    assert asked(bikes.with_entries([RETURN]), "在哪里还车", spring) == RETURN.answer


def test_a_removed_entry_is_not_known_any_more(bikes: Understanding, spring: Context) -> None:
    shrunk = bikes.with_entries([], {"bike-return"})
    assert isinstance(shrunk.understand("骑完了在哪里还车", spring), Unknown)
    assert shrunk.answer("entry:bike-return", spring) is None


def test_a_change_taken_back_is_the_knowledge_as_it_was(bikes: Understanding, spring: Context) -> None:
    back = bikes.with_entries([HELMET]).with_entries([], {HELMET.id})
    assert back.version == bikes.version
    for text in ("怎么扫码开锁", "头盔在哪借", "押金多久能退回来"):
        assert back.understand(text, spring) == bikes.understand(text, spring)


def test_all_entries_can_be_removed(bikes: Understanding, spring: Context) -> None:
    bare = bikes.with_entries([], {"bike-unlock", "bike-return", "bike-deposit", "bike-spring"})
    assert asked(bare, "年卡多少钱", spring) == asked(bikes, "年卡多少钱", spring)
