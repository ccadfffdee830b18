"""A tiny product for the simulator to talk to: real HTTP, and the crypto of wechatpy instead of the simulator's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import xmltodict
from flask import Flask, Response, request
from wechatpy.crypto import WeChatCrypto
from wechatpy.enterprise.crypto import WeChatCrypto as WeComCrypto
from werkzeug.serving import WSGIRequestHandler, make_server

from scripts.simulator import Settings

TEXT = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{me}]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{content}]]></Content></xml>"
)


@dataclass(frozen=True)
class Pushed:
    """What arrived: the query, the raw body, and the message inside it."""

    query: dict[str, str]
    body: str
    message: dict[str, object]

    def text(self, content: str) -> str:
        """Return a plain reply with the names swapped."""
        return TEXT.format(to=self.message["FromUserName"], me=self.message["ToUserName"], content=content)


def echo(pushed: Pushed) -> object:
    """Repeat texts, take everything else silently."""
    content = pushed.message.get("Content")
    return f"你说：{content}" if content else None


class Product:
    """Answers with whatever `answer` returns: None for `success`, a text to reply, bytes or a Response as they are."""

    def __init__(self, settings: Settings) -> None:
        self.official = WeChatCrypto(settings.token, settings.aes_key, settings.app_id)
        self.work = WeComCrypto(settings.wecom_token, settings.wecom_aes_key, settings.corp_id)
        self.pushed: list[Pushed] = []
        self.answer: Callable[[Pushed], object] = echo
        self.release = threading.Event()
        self.app = Flask("echo")
        self.app.add_url_rule("/<kind>/<account>", view_func=self.receive, methods=["POST"])
        self.app.add_url_rule("/<kind>/<account>", view_func=self.handshake, methods=["GET"], endpoint="handshake")

    def receive(self, kind: str, account: str) -> Response:
        del account
        pushed = self._open(kind)
        self.pushed.append(pushed)
        answer = self.answer(pushed)
        if isinstance(answer, Response):
            return answer
        if answer is None:
            return Response("success")
        if isinstance(answer, bytes):
            return Response(answer)
        return Response(
            self.sealed(kind, pushed.text(str(answer))) if self._is_sealed(kind) else pushed.text(str(answer))
        )

    def handshake(self, kind: str, account: str) -> Response:
        del account
        args = request.args
        if kind == "wechat":
            return Response(args["echostr"])
        echo = self.work.check_signature(args["msg_signature"], args["timestamp"], args["nonce"], args["echostr"])
        return Response(echo)

    def sealed(self, kind: str, plain: str) -> str:
        """Encrypt a reply."""
        box = self.official if kind == "wechat" else self.work
        return str(box.encrypt_message(plain, "4fc1", "1700000000"))

    def waiting(self, pushed: Pushed) -> object:
        """Answer only when the test says so."""
        self.release.wait(10)
        return None

    def _is_sealed(self, kind: str) -> bool:
        return kind == "wecom" or request.args.get("encrypt_type") == "aes"

    def _open(self, kind: str) -> Pushed:
        body, args = request.get_data(as_text=True), request.args.to_dict()
        plain = body
        if self._is_sealed(kind):
            box = self.official if kind == "wechat" else self.work
            plain = box.decrypt_message(body, args["msg_signature"], args["timestamp"], args["nonce"])
        return Pushed(args, body, xmltodict.parse(plain)["xml"])


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def running_product(product: Product) -> Iterator[str]:
    """Serve a product on a free port and yield its base URL."""
    server = make_server("127.0.0.1", 0, product.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        product.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
