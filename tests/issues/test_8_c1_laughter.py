"""C1: one message of repeated 哈 or 啊 stops nobody: it costs no more than any other, and is answered as what it is."""

from __future__ import annotations

import pytest

from bot.understanding import normalise, option_matching, short_replies
from bot.understanding.resolution_reply import verdict
from tests.auxil.patterns import slowest

PARTICLES = "啊呀呢哦噢喔哈哟嘞哩耶亲嗯恩额呃哎唉了好的是那就看我"


@pytest.mark.parametrize(
    "read", [normalise, short_replies.word, verdict, lambda text: option_matching.pick(text, [("a", "宽带")])]
)
def test_reading_repeated_particles_takes_no_time(read):
    assert slowest(read, [*PARTICLES, "好了", "是的", "谢谢", "哈啊", "就行"]) == ""


@pytest.mark.parametrize("run", [18, 24, 40, 300])
def test_a_laugh_before_the_end_changes_nothing_of_the_rest(run):
    assert normalise("话费" + "呀" * run + "贵") == "话费" + "呀" * run + "贵"
    assert normalise("话费贵" + "呀" * run) == "话费贵"
    assert normalise("啊" * run + "话费贵") == "话费贵"
