"""The log: JSON lines, the message's id on each, and nothing in them that must not be written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.log import scrub

ROOT = Path(__file__).parent.parent

PIPELINE = """
import logging, threading, structlog
from bot import log
log.configure("INFO", part="web")
ours = structlog.get_logger("bot.example")
structlog.contextvars.bind_contextvars(message="abc123")
ours.debug("below the level")
ours.info("plain", count=3, ratio=0.5, on=True, nothing=None)
ours.info("phone 13800138000", phone="13912345678", number=13800138000)
data = {"corpsecret": "t0psecret", "n": [1, "13700001111"]}
ours.info("secrets", token="t0psecret", wechat_aes_key="t0psecret", data=data)
ours.info("object", who=ValueError("call 13600001111"))
logging.getLogger("library").warning("GET %s", "https://api.example/x?access_token=t0psecret&openid=o1")
logging.getLogger("library").info("中文")
logging.getLogger("urllib3.pool").info("chatty")
try:
    raise RuntimeError("lost redis://user:t0psecret@host/0")
except RuntimeError:
    ours.exception("failed")
    logging.getLogger("library").exception("failed too")
gunicorn = logging.getLogger("gunicorn.error")
gunicorn.error("Error handling request /wechat/official?signature=t0psecret&nonce=1")
thread = threading.Thread(target=lambda: ours.info("elsewhere"))
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """What a process of its own logs."""
    done = subprocess.run([sys.executable, "-c", PIPELINE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "t0psecret" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def named(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    return next(line for line in lines if line["event"].startswith(event))


def test_every_line_says_what_when_where_and_how_bad(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert {"event", "timestamp", "level", "logger", "part"} <= line.keys()
        assert line["part"] == "web"
    assert named(lines, "plain")["logger"] == "bot.example"


def test_the_messages_id_is_on_every_line_of_its_turn(lines: list[dict[str, Any]]) -> None:
    assert {line.get("message") for line in lines if line["event"] != "elsewhere"} == {"abc123"}


def test_plain_values_keep_their_type(lines: list[dict[str, Any]]) -> None:
    plain = named(lines, "plain")
    assert (plain["count"], plain["ratio"], plain["on"], plain["nothing"]) == (3, 0.5, True, None)


def test_what_is_below_the_level_or_chatty_is_left_out(lines: list[dict[str, Any]]) -> None:
    assert not {"below the level", "chatty"} & {line["event"] for line in lines}


def test_phone_numbers_are_masked_wherever_they_stand(lines: list[dict[str, Any]]) -> None:
    line = named(lines, "phone")
    assert line["event"] == "phone 138****8000"
    assert (line["phone"], line["number"]) == ("139****5678", "138****8000")
    assert named(lines, "object")["who"] == "call 136****1111"


def test_secrets_are_left_out_by_name_at_any_depth(lines: list[dict[str, Any]]) -> None:
    line = named(lines, "secrets")
    assert (line["token"], line["wechat_aes_key"]) == ("…", "…")
    assert line["data"] == {"corpsecret": "…", "n": [1, "137****1111"]}


def test_libraries_write_through_the_same_scrubber(lines: list[dict[str, Any]]) -> None:
    assert named(lines, "GET")["event"] == "GET https://api.example/x?…"
    assert named(lines, "Error handling")["event"] == "Error handling request /wechat/official?…"
    assert named(lines, "中文")["logger"] == "library"


@pytest.mark.parametrize("event", ["failed", "failed too"])
def test_a_traceback_is_one_scrubbed_field(lines: list[dict[str, Any]], event: str) -> None:
    trace = next(line for line in lines if line["event"] == event)["exception"]
    assert trace.startswith("Traceback") and trace.endswith("lost redis://…@host/0")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("请打 13800138000 找我", "请打 138****8000 找我"),
        ("+8613800138000", "+86138****8000"),
        ("86 138-0013-8000", "86 138****8000"),
        ("138 0013 8000", "138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("身份证 110101199003074518", "身份证 110101********4518"),
        ("身份证 11010119900307451X", "身份证 110101********451X"),
        ("卡号 6222020200112233445", "卡号 6222********3445"),
        ("/wechat/official?signature=ab&timestamp=1&nonce=2&openid=o3", "/wechat/official?…"),
        ("/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s", "/cgi-bin/token?…"),
        ("body access_token=abc123&x=1", "body access_token=…&x=1"),
        ('{"access_token":"abc","expires_in":7200}', '{"access_token":"…","expires_in":7200}'),
        ("postgresql://tiexin:pass@db/tiexin", "postgresql://…@db/tiexin"),
    ],
)
def test_what_must_not_be_written_is_masked(written: str, shown: str) -> None:
    assert scrub(written) == shown


@pytest.mark.parametrize(
    "words",
    [
        "TS20261121-0007",
        "2026-11-21T02:00:00.123456Z",
        "10元流量包多少钱？",
        "为什么?",
        "/cgi-bin/stable_token: 40164 caller address not allowed",
        "access token: whoever is fetching it takes too long",
        "12345678901",
        "errcode=45015",
    ],
)
def test_what_may_be_written_stays(words: str) -> None:
    assert scrub(words) == words


@given(
    st.text(max_size=30).filter(lambda text: not text[-1:].isdigit()), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
)
def test_no_phone_number_survives_any_words_around_it(around: str, phone: str) -> None:
    assert phone not in scrub(f"{around}{phone}")


@given(st.text())
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)
