"""One form for what people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import normalise
from bot.understanding.normalisation import LONGEST

TYPED = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="一二两三十百千万元块g个月天你好啊呢谢谢请问亲在吗帐网路数位登入/:[]微笑.%+1a 五G", max_size=40),
)


@given(TYPED)
def test_applying_it_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(min_size=1000, max_size=1200))
def test_only_a_sane_length_is_kept(text: str) -> None:
    assert len(normalise(text)) <= LONGEST


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＷＩＦＩ　密碼", "wifi 密码"),
        ("請問行動銀行的簡訊密碼怎麼改？", "手机银行的短信密码怎么改"),
        ("網路斷線了", "网络断线了"),
        ("客服專線幾點上班", "客服电话几点上班"),
        ("公司专线多少钱", "公司专线多少钱"),
        ("怎么开锁/::)", "怎么开锁"),
        ("怎么开锁/:8-)谢谢/:018", "怎么开锁"),
        ("怎么开锁[微笑][流泪]", "怎么开锁"),
        ("怎么开锁😭😭", "怎么开锁"),
        ("你好，请问怎么开锁啊，谢谢！", "怎么开锁"),
        ("五十九的套餐", "59的套餐"),
        ("两百块", "200元"),
        ("1 个月", "1个月"),
        ("二十G流量", "20g流量"),
        ("5GB和5个G", "5g和5g"),
        ("一千二百三十四元", "1234元"),
        ("两千五", "2500"),
        ("三百兆宽带", "300m宽带"),
        ("千万别百度一下", "千万别百度一下"),
        ("你好", "你好"),
        ("谢谢", "谢谢"),
        ("哦了", "哦了"),
        ("亲情网", "亲情网"),
        ("。。。！？", ""),
        ("👍🏻", ""),
        ("", ""),
    ],
)
def test_what_people_type_comes_to_one_form(typed: str, meant: str) -> None:
    assert normalise(typed) == meant
