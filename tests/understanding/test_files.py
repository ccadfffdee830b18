"""A wrong file is refused with its name, the line, and what to write instead."""

from __future__ import annotations

import pytest

from bot.understanding import KnowledgeError, Understanding

ENTRY = """
- id: bike-a
  category: 用车
  question: 怎么开锁
  variants: [开锁, 解锁, 怎么解锁, 打开锁]
  answer: 扫码。
"""


def refused(pack_folder, **changes: str) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        Understanding.load(pack_folder(**changes), "bikes")
    return caught.value


def test_a_missing_answer_is_named_with_its_line(pack_folder) -> None:
    second = ENTRY.replace("bike-a", "bike-b").replace("  answer: 扫码。\n", "")
    error = refused(pack_folder, bikes__entries__use=ENTRY + second)
    assert error.file.endswith("use.yaml")
    assert error.line == 7
    assert "缺少“answer”" in error.reason


def test_too_few_wordings_are_named_with_their_line(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY.replace(", 怎么解锁, 打开锁", ""))
    assert (error.line, "“variants”太少，至少要有 4 项" in error.reason) == (4, True)


def test_an_unknown_key_is_named_with_those_that_exist(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY + "  anwser: 扫码\n")
    assert "不认识的键“anwser”" in error.reason
    assert "answer" in error.reason


def test_a_wrong_type_is_named(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY.replace("扫码。", "[扫码]"))
    assert (error.line, "“answer”应写成一段文字" in error.reason) == (5, True)


def test_broken_yaml_is_named_with_line_and_column(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY + '- id: "bike-b\n  category: 用车\n')
    assert error.line >= 6
    assert "列" in error.reason


def test_a_tab_is_named(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY.replace("  answer", "\tanswer"))
    assert error.line == 5


def test_an_id_used_twice_is_named(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__more=ENTRY.replace("bike-a", "bike-unlock"))
    assert "已经用过" in error.reason


def test_a_wrong_date_is_refused(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY + "  valid: {to: 明年}\n")
    assert error.line == 6
    assert "“to”的写法不对：明年" in error.reason


def test_an_unknown_intent_is_refused(pack_folder) -> None:
    error = refused(pack_folder, common__intents="- intent: complain\n  utterances: [投诉]\n")
    assert "只能是" in error.reason


def test_a_file_that_is_not_utf8_is_refused(pack_folder) -> None:
    folder = pack_folder()
    (folder / "bikes/entries/use.yaml").write_bytes("- id: 开锁".encode("gbk"))
    with pytest.raises(KnowledgeError, match="UTF-8"):
        Understanding.load(folder, "bikes")


def test_a_missing_pack_is_refused(pack_folder) -> None:
    with pytest.raises(KnowledgeError, match="没有找到行业包“boats”"):
        Understanding.load(pack_folder(), "boats")


def test_the_message_says_file_line_and_reason(pack_folder) -> None:
    error = refused(pack_folder, bikes__entries__use=ENTRY.replace("  category: 用车\n", ""))
    assert str(error).endswith("use.yaml 第1行：" + error.reason)
