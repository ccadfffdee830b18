"""Calls to the platform: outcomes told apart, one retry on a dead token, bounds, nothing secret anywhere."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.channels.api import Api, Transport
from bot.channels.codes import OFFICIAL, Action
from bot.channels.errors import ApiError, OutboundError, OutcomeUnknown, TokenError, Unreachable
from tests.channels.conftest import SECRET
from tests.channels.server import Asked, FakeApi, Raw

SEND = "/cgi-bin/message/custom/send"
MakeApi = Callable[..., Api]


def send(api: Api) -> dict:
    return api.call("POST", SEND, payload={"touser": "o1", "text": {"content": "您好"}})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestAnswers:
    def test_a_call(self, official_api: MakeApi, fake_api: FakeApi) -> None:
        assert send(official_api())["errcode"] == 0
        token, sent = fake_api.asked
        assert (token.path, token.json["secret"], token.json["force_refresh"]) == (
            "/cgi-bin/stable_token",
            SECRET,
            False,
        )
        assert token.query == {}
        assert (sent.method, sent.path, sent.query) == ("POST", SEND, {"access_token": "TOKEN-1"})
        assert sent.body == '{"touser": "o1", "text": {"content": "您好"}}'.encode()
        assert sent.headers["Content-Type"] == "application/json; charset=utf-8"

    def test_an_error_code_with_its_request_id(self, official_api: MakeApi, fake_api: FakeApi) -> None:
        fake_api.tell(SEND, {"errcode": 45015, "errmsg": "response out of time limit rid: 64a774ce-020c072d-6c820ec0"})
        with pytest.raises(ApiError) as error:
            send(official_api())
        assert (error.value.code, error.value.action) == (45015, Action.FALL_BACK)
        assert error.value.rid == "64a774ce-020c072d-6c820ec0"
        assert str(error.value) == f"{SEND}: 45015 48-hour window shut or not following (response out of time limit)"

    @pytest.mark.parametrize("code", ["45015", 45015])
    def test_a_code_may_be_a_string(self, official_api: MakeApi, fake_api: FakeApi, code: object) -> None:
        fake_api.tell(SEND, {"errcode": code, "errmsg": "x"})
        with pytest.raises(ApiError, match="45015"):
            send(official_api())

    def test_an_unknown_code_is_not_repeated(self, official_api: MakeApi, fake_api: FakeApi) -> None:
        fake_api.tell(SEND, {"errcode": 99999, "errmsg": "?"})
        with pytest.raises(ApiError) as error:
            send(official_api())
        assert error.value.action is Action.REJECT


class TestOutcomes:
    def test_no_connection_is_unreachable(self) -> None:
        transport = Transport(f"http://127.0.0.1:{free_port()}", OFFICIAL)
        with pytest.raises(Unreachable):
            transport.call("POST", SEND, payload={})

    @pytest.mark.parametrize("base", ["http://", "nonsense", "ftp://127.0.0.1"])
    def test_a_wrong_address_is_unreachable(self, base: str) -> None:
        with pytest.raises(Unreachable):
            Transport(base, OFFICIAL).call("POST", SEND, payload={})

    @pytest.mark.parametrize(
        "answer",
        [Raw(drop=True), Raw(502, b"<html>"), Raw(200, b"<html>"), Raw(200, b"[]"), Raw(200, b"")],
        ids=["dropped", "bad gateway", "page", "list", "empty"],
    )
    def test_a_lost_answer_is_unknown_unless_repeatable(self, fake_api: FakeApi, answer: Raw) -> None:
        transport = Transport(fake_api.base, OFFICIAL)
        fake_api.always("/x", answer)
        with pytest.raises(OutcomeUnknown):
            transport.call("POST", "/x", payload={})
        for method, repeatable in (("POST", True), ("GET", False)):
            with pytest.raises(Unreachable):
                transport.call(method, "/x", repeatable=repeatable)

    @pytest.mark.parametrize("status", [301, 302, 404, 413, 429])
    def test_refused_before_it_was_read(self, fake_api: FakeApi, status: int) -> None:
        fake_api.tell("/x", Raw(status, b"{}", {"Location": f"{fake_api.base}/elsewhere"}))
        with pytest.raises(Unreachable, match=str(status)):
            Transport(fake_api.base, OFFICIAL).call("POST", "/x", payload={})
        assert not fake_api.calls("/elsewhere")

    def test_a_slow_answer_is_unknown(self, fake_api: FakeApi) -> None:
        fake_api.tell("/x", fake_api.hang)
        transport = Transport(fake_api.base, OFFICIAL, timeout=(2.0, 0.05))
        with pytest.raises(OutcomeUnknown, match="Timeout"):
            transport.call("POST", "/x", payload={})

    def test_half_an_answer_is_unknown(self, fake_api: FakeApi) -> None:
        fake_api.tell("/x", Raw(200, b'{"errc', {"Content-Length": "500", "Connection": "close"}))
        with pytest.raises(OutcomeUnknown):
            Transport(fake_api.base, OFFICIAL, timeout=(2.0, 0.05)).call("POST", "/x", payload={})

    def test_an_endless_answer_is_cut(self, fake_api: FakeApi) -> None:
        fake_api.tell("/x", Raw(200, b"x" * 3_000_000))
        with pytest.raises(ApiError) as error:
            Transport(fake_api.base, OFFICIAL).call("GET", "/x")
        assert error.value.code == 45001


class TestTokens:
    def test_one_retry_with_another_token(self, official_api: MakeApi, fake_api: FakeApi) -> None:
        fake_api.dead.add("TOKEN-1")
        assert send(official_api())["errcode"] == 0
        assert [asked.query["access_token"] for asked in fake_api.calls(SEND)] == ["TOKEN-1", "TOKEN-2"]

    @pytest.mark.parametrize("code", [40001, 40014, 42001])
    def test_then_it_stops(self, official_api: MakeApi, fake_api: FakeApi, code: int) -> None:
        fake_api.always(SEND, {"errcode": code, "errmsg": "invalid credential"})
        with pytest.raises(TokenError) as error:
            send(official_api())
        assert (error.value.code, error.value.action) == (code, Action.STOP_ALERT)
        assert (len(fake_api.calls(SEND)), fake_api.tokens_given) == (2, 2)

    @pytest.mark.parametrize(
        ("code", "action"),
        [
            (40125, Action.STOP_ALERT),
            (40164, Action.STOP_ALERT),
            (40001, Action.STOP_ALERT),
            (-1, Action.RETRY_BACKOFF),
        ],
    )
    def test_no_token(self, official_api: MakeApi, fake_api: FakeApi, code: int, action: Action) -> None:
        fake_api.tell("/cgi-bin/stable_token", {"errcode": code, "errmsg": "no rid: 64a774ce-020c072d-6c820ec0"})
        with pytest.raises(TokenError) as error:
            send(official_api())
        assert (error.value.action, error.value.rid) == (action, "64a774ce-020c072d-6c820ec0")
        assert not fake_api.calls(SEND)

    def test_a_lost_token_answer_leaves_the_message_surely_unsent(
        self, official_api: MakeApi, fake_api: FakeApi
    ) -> None:
        for answer in (Raw(drop=True), Raw(500), {"errcode": 0}):
            fake_api.tell("/cgi-bin/stable_token", answer)
            with pytest.raises(Unreachable):
                send(official_api())


class TestBounds:
    def test_no_more_calls_at_once_than_allowed(self, official_api: MakeApi, fake_api: FakeApi) -> None:
        active, most, lock, pair = [0], [0], threading.Lock(), threading.Barrier(2)

        def count(_asked: Asked) -> dict:
            with lock:
                active[0] += 1
                most[0] = max(most[0], active[0])
            pair.wait(5)
            with lock:
                active[0] -= 1
            return {"errcode": 0}

        fake_api.always(SEND, count)
        api = official_api(concurrency=2)
        with ThreadPoolExecutor(6) as pool:
            assert len([pool.submit(send, api) for _ in range(6)]) == 6
        assert most == [2]

    def test_waiting_for_a_turn_has_an_end(self, fake_api: FakeApi) -> None:
        transport = Transport(fake_api.base, OFFICIAL, timeout=(0.02, 0.02), concurrency=1)
        transport._slots.acquire()
        with pytest.raises(Unreachable, match="too many"):
            transport.call("POST", SEND, payload={})
        assert not fake_api.asked


class TestSecrets:
    @pytest.mark.parametrize(
        "answer",
        [
            {"errcode": 40003, "errmsg": f"invalid openid, access_token=TOKEN-1 secret={SECRET} {'x' * 136}"},
            Raw(drop=True),
            Raw(502, b"TOKEN-1"),
            Raw(302, b"", {"Location": "/cgi-bin/x?access_token=TOKEN-1"}),
        ],
        ids=["message", "dropped", "gateway", "redirect"],
    )
    def test_no_error_holds_one(
        self, official_api: MakeApi, fake_api: FakeApi, answer: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake_api.always(SEND, answer)
        with caplog.at_level(logging.DEBUG), pytest.raises(OutboundError) as error:
            send(official_api())
        shown = "".join(traceback.format_exception(error.value)) + repr(error.value.__dict__) + caplog.text
        assert "x" * 30 not in shown
        assert error.value.__cause__ is None
        assert error.value.__context__ is None
        for secret in ("TOKEN-1", SECRET):
            assert secret not in shown

    def test_a_failed_token_fetch_shows_no_secret(
        self, official_api: MakeApi, fake_api: FakeApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake_api.tell("/cgi-bin/stable_token", {"errcode": 40125, "errmsg": f"invalid appsecret secret={SECRET}"})
        with caplog.at_level(logging.DEBUG), pytest.raises(TokenError) as error:
            send(official_api())
        assert SECRET not in "".join(traceback.format_exception(error.value)) + caplog.text

    def test_debug_logging_of_the_http_library_stays_off(
        self, official_api: MakeApi, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            send(official_api())
        assert "access_token" not in caplog.text
