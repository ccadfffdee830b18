"""Nothing of what is kept tells who asked."""

from __future__ import annotations

import pytest

from bot.customers.masking import LONGEST, plainly, without_personal


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我叫张三丰，手机13812345678怎么办过户", "我叫〔姓名〕，手机〔号码〕怎么办过户"),
        ("我是王建国，身份证110101199003071234能补卡吗", "我是〔姓名〕，身份证〔证件或卡号〕能补卡吗"),
        ("卡号6222 0212 3456 7890 123被冻结", "卡号〔证件或卡号〕被冻结"),
        ("我家住幸福路18号3栋2单元501室能装吗", "〔地址〕能装吗"),
        ("阳光花园5栋302能不能装宽带", "〔地址〕能不能装宽带"),
        ("一三八一二三四五六七八这个号能查吗", "〔号码〕这个号能查吗"),
        ("电话0571-8765432怎么移机", "电话〔号码〕怎么移机"),
        ("座机87654321怎么移", "座机〔号码〕怎么移"),
        ("微信号abc12345能绑吗", "微信号〔号码〕能绑吗"),
        ("京A12345能办ETC吗", "〔车牌〕能办ETC吗"),
        ("张先生的卡怎么补", "〔姓名〕先生的卡怎么补"),
        ("发到zhang.wei@example.com行吗", "发到〔邮箱〕行吗"),
        ("王建国的套餐能改吗", "〔姓名〕的套餐能改吗"),
    ],
)
def test_what_tells_who_it_was_is_taken_out(said: str, kept: str) -> None:
    assert without_personal(said, ("王建国",)) == kept


@pytest.mark.parametrize(
    "said",
    [
        "59元套餐和79元的区别",
        "3号以前能改吗",
        "10元30天5G流量包有吗",
        "我是新用户能办吗",
        "我是金卡会员怎么用",
        "2026年11月20日生效的套餐",
        "我在人民路上，附近有网点吗",
        "100兆宽带3个月多少钱",
    ],
)
def test_what_the_question_needs_stays(said: str) -> None:
    assert without_personal(said) == said


def test_a_masked_question_reads_as_one() -> None:
    masked = without_personal("我是王建国，手机13812345678，可以包场吗", ("王建国",))
    assert plainly(masked) == "可以包场吗"


def test_a_story_is_cut() -> None:
    assert len(without_personal("可以" * 500)) == LONGEST + 1
