"""A tiny product for the page's tests: it echoes, offers choices, and stamps a manager's card as taken."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from scripts.simulator.crypto import Cipher, signature
from scripts.simulator.platform import Platform
from scripts.simulator.settings import Settings
from scripts.simulator.xmlform import parse, text_of, to_xml

CHOICES = (
    "您想办哪一件？\n"
    '<a href="weixin://bizmsgmenu?msgmenucontent=我要投诉&msgmenuid=2">我要投诉</a>\n'
    '<a href="weixin://bizmsgmenu?msgmenucontent=查话费&msgmenuid=1">查话费</a>'
)
HOSTILE = """<script>document.title='坏'</script><img src=x onerror="document.title='坏'">\
<a href="javascript:alert(1)">点我</a>"""
"""What an account must never be able to run on the page."""
PROGRAM = '<a data-miniprogram-appid="wx0123456789abcdef" href="https://example.com/app">打开取号</a>'
ANSWERS = {"菜单": CHOICES, "脚本": HOSTILE, "小程序": PROGRAM, "长文": "很长的一行" * 60 + "x" * 300}


class Product:
    """Answer pushes in plain mode (Official Account) and encrypted (WeCom); send cards through the platform's API."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cipher = Cipher(settings.wecom_aes_key, settings.corp_id)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve one request."""
        request = Request(environ)
        root = parse(request.get_data())
        answer = self._work(root) if request.path.startswith("/wecom/") else self._official(root)
        return Response(answer, mimetype="text/xml")(environ, start_response)

    def _official(self, root: ElementTree.Element) -> str:
        if text_of(root, "MsgType") == "event":
            key = text_of(root, "EventKey")
            return _reply(root, f"菜单：{key}") if text_of(root, "Event") == "CLICK" else "success"
        said = text_of(root, "Content") or text_of(root, "MsgType")
        return _reply(root, ANSWERS.get(said, f"收到：{said}"))

    def _work(self, outer: ElementTree.Element) -> str:
        root = parse(self._cipher.decrypt(text_of(outer, "Encrypt")))
        if text_of(root, "Event") != "template_card_event":
            return ""
        fields = _swapped(root) | {"MsgType": "update_button", "Button": {"ReplaceName": "已接单"}}
        secret = self._cipher.encrypt(to_xml(fields))
        seal = signature(self._settings.wecom_token, "1", "2", secret)
        return to_xml({"Encrypt": secret, "MsgSignature": seal, "TimeStamp": 1, "Nonce": "2"})


def send_card(platform: Platform, userid: str) -> None:
    """Send a manager the card of a complaint, through the platform's own API."""
    settings, base = platform.settings, f"{platform.base_url}/wecom-api/cgi-bin"
    query = urlencode({"corpid": settings.corp_id, "corpsecret": settings.wecom_secret})
    token = _call(f"{base}/gettoken?{query}")["access_token"]
    card = {
        "card_type": "button_interaction",
        "task_id": "complaint-1",
        "main_title": {"title": "新投诉 TS20261121-0007", "desc": "网速慢死了"},
        "horizontal_content_list": [{"keyname": "客户", "value": "王建国"}],
        "button_list": [{"text": "接单", "key": "accept", "style": 1}, {"text": "回复", "key": "reply", "style": 2}],
    }
    message = {"touser": userid, "msgtype": "template_card", "agentid": settings.agent_id, "template_card": card}
    answer = _call(f"{base}/message/send?access_token={token}", message)
    assert answer["errcode"] == 0, answer


@contextmanager
def running_product(settings: Settings) -> Iterator[str]:
    """Run the product on a free port and yield its base URL."""
    server = make_server("127.0.0.1", 0, Product(settings), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""


def _swapped(root: ElementTree.Element) -> dict[str, object]:
    return {"ToUserName": text_of(root, "FromUserName"), "FromUserName": text_of(root, "ToUserName"), "CreateTime": 1}


def _reply(root: ElementTree.Element, content: str) -> str:
    return to_xml(_swapped(root) | {"MsgType": "text", "Content": content})


def _call(url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
