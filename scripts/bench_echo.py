"""The bare echo that `bench_webhook` measures against: Flask and wechatpy as their manuals show, nothing else."""

from __future__ import annotations

import os

from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

app = Flask(__name__)
crypto = WeChatCrypto(os.environ["BENCH_TOKEN"], os.environ["BENCH_KEY"], os.environ["BENCH_APP_ID"])


@app.post("/wechat/official")
def echo() -> str:
    """Open, parse, answer with the same words, seal."""
    args = request.args
    xml = crypto.decrypt_message(request.data, args["msg_signature"], args["timestamp"], args["nonce"])
    message = parse_message(xml)
    reply = TextReply(content=getattr(message, "content", None) or "ok", message=message)
    sealed: str = crypto.encrypt_message(reply.render(), args["nonce"], args["timestamp"])
    return sealed
