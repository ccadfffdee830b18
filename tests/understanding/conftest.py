"""A small pack of its own, so that the tests do not hang on what the shipped packs say."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.understanding import Context, Understanding

FILES = {
    "common/intents.yaml": """
        - intent: greet
          utterances: [你好, 您好, 在吗, 早上好, 有人吗, 哈喽]
        - intent: thanks
          utterances: [谢谢, 谢谢您, 太感谢了, 多谢, 辛苦了]
        - intent: bye
          utterances: [再见, 拜拜, 先这样, 没事了, 下次聊]
        - intent: manager.talk
          utterances: [找经理, 转人工, 我要找我的客户经理, 叫人来, 人工服务, 联系我的经理]
        - intent: complaint.file
          utterances:
            - 我要投诉
            - 投诉你们
            - 租的车老坏气死人了
            - 押金拖着不退太过分了
            - 再不处理我就去举报
            - 等了三天没人管
            - 车又坏在半路你们什么态度
            - 乱扣我的钱
            - 烦死了天天出毛病
            - 服务太差了我不用了
        - intent: urge
          utterances: [快点处理, 催一下, 怎么还没人联系我, 到底什么时候给我办, 赶紧的]
        - intent: complaint.progress
          utterances: [我的投诉怎么样了, 投诉处理得怎么样, 投诉进度]
        - intent: question
          utterances: [怎么投诉, 投诉电话是多少, 投诉多久有结果, 坏了怎么办, 押金怎么退]
    """,
    "common/aspects.yaml": """
        - aspect: 介绍
          utterances: [是什么, 介绍一下, 有什么用, 什么意思, 都包含什么, 怎么样]
        - aspect: 价格
          utterances: [多少钱, 怎么收费, 贵不贵, 一个月几块, 要花多少钱, 价格是多少]
        - aspect: 取消方式
          utterances: [怎么取消, 怎么退订, 不想要了, 帮我停掉, 如何退掉, 取消一下]
        - aspect: 有效期
          utterances: [能用多久, 有效期多长, 什么时候到期, 几天内有效, 过期了吗]
    """,
    "common/smalltalk.yaml": """
        - id: chat-weather
          ask: [今天天气怎么样, 天气真好, 下雨了]
          answer: 出门前看看天气，您多保重。
    """,
    "common/texts.yaml": """
        choices.head: 您想问的是哪一个？
        choices.head_product: 您说的是哪一款？
        choices.head_aspect: 关于{{product}}，您想了解哪一点？
    """,
    "bikes/pack.yaml": """
        name: bikes
        title: 单车
        placeholders: {hotline: 服务热线}
        banned: [绝对]
    """,
    "bikes/complaints.yaml": """
        categories:
          - {id: bike, title: 车辆, words: [坏, 刹车, 链条], needs: [what, where]}
          - {id: money, title: 押金, words: [押金, 扣钱, 扣我的钱], needs: [what, since]}
    """,
    "bikes/not_ours.yaml": """
        - words: [电费, 驾照 过期, 押金]
          say: 这件事我们办不了，请打{{hotline}}转接。
    """,
    "bikes/entries/use.yaml": """
        - id: bike-unlock
          category: 用车
          question: 怎么扫码开锁
          variants: [开锁怎么弄, 扫码打不开锁, 车锁开不了, 如何解锁单车]
          answer: 打开小程序对准车头的码扫一下；打不开请拨{{hotline}}。
        - id: bike-return
          category: 用车
          question: 骑完了在哪里还车
          variants: [还车点在哪, 怎么还车, 停到哪里算还车, 能停路边吗]
          answer: 停进地图上的蓝框里再关锁，{{customer}}。
          link: {title: 还车点地图, url: "https://example.com/map"}
        - id: bike-deposit
          category: 押金
          question: 押金什么时候退
          variants: [押金几天到账, 退押金要多久, 押金退到哪里, 我的押金怎么还没退回来]
          answer: 一般三个工作日原路退回。
        - id: bike-spring
          category: 活动
          question: 春天骑行活动怎么报名
          variants: [春季活动报名, 春天的活动在哪报, 骑行活动怎么参加, 报名春天骑行]
          answer: 在首页点“春天”。
          valid: {from: 2026-03-01, to: 2026-05-31}
    """,
    "bikes/products/cards.yaml": """
        - id: card-month
          name: 畅骑月卡
          aliases: [月卡, 包月卡]
          family: 骑行卡
          tier: {价格: 15元}
          aspects:
            介绍: 畅骑月卡三十天内每次前半小时免费。
            价格: 畅骑月卡15元。
            取消方式: 畅骑月卡在“我的卡包”里退。
        - id: card-year
          name: 畅骑年卡
          aliases: [年卡, 包年卡]
          family: 骑行卡
          tier: {价格: 128元}
          aspects:
            介绍: 畅骑年卡一整年每次前一小时免费。
            价格: 畅骑年卡128元。
            有效期: 畅骑年卡从开卡起365天。
    """,
}


@pytest.fixture
def pack_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write the pack, with some files replaced, and return the knowledge folder."""

    def write(**changes: str) -> Path:
        replaced = {name.replace("__", "/") + ".yaml": text for name, text in changes.items()}
        for name, text in {**FILES, **replaced}.items():
            file = tmp_path / "knowledge" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return tmp_path / "knowledge"

    return write


@pytest.fixture(scope="session")
def bikes(tmp_path_factory: pytest.TempPathFactory) -> Understanding:
    """The small pack, loaded once."""
    root = tmp_path_factory.mktemp("knowledge")
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return Understanding.load(root, "bikes")


@pytest.fixture
def spring() -> Context:
    """A day on which everything in the pack is valid."""
    return Context(date(2026, 4, 1), {})
