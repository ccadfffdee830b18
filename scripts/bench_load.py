"""The load of `bench_webhook`: signed messages built beforehand, and the client that sends them."""

from __future__ import annotations

import base64
import hashlib
import random
import secrets
import selectors
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.config import DEMO_VALUES

ROOT = Path(__file__).parent.parent
ASKING, COMPLAINING = 400, 1200
"""People who ask and people who fill in the form, each of them once."""
QUESTIONS = tuple(ROOT / "tests" / "data" / f"telecom_{name}.yaml" for name in ("heldout", "asked"))
"""Some 1,000 wordings that are in no knowledge file. Like customers', they come more than once: each web process
remembers what the last 1,024 said (`remembered` in the figures tells how many came again)."""
APART = 0.005
"""Seconds between one connection's coming and the next one's."""
FAR = 1_000_000
"""Where the measured messages' numbers begin; the warm-up's begin at 1."""
COMPLAINT = ("我家宽带老掉线，烦死了", "三天了", "确认", "我的投诉怎么样了")


@dataclass(frozen=True, slots=True)
class Door:
    """A callback of the program: its path, the secrets it shares with the platform, and whom messages are for."""

    path: str
    token: str
    key: bytes
    receiver: str
    to: str


def _door(path: str, kind: str, receiver: str, to: str) -> Door:
    key = base64.b64decode(str(DEMO_VALUES[f"{kind}_aes_key"]) + "=")
    return Door(path, str(DEMO_VALUES[f"{kind}_token"]), key, str(DEMO_VALUES[receiver]), str(DEMO_VALUES[to]))


OFFICIAL = _door("/wechat/official", "wechat", "wechat_app_id", "wechat_original_id")
WECOM = _door("/wecom/work", "wecom", "wecom_corp_id", "wecom_corp_id")


@dataclass(slots=True)
class Connection:
    """One keep-alive connection, the requests it still has to send, and what came back."""

    requests: list[bytes]
    socket: socket.socket
    sent_at: float = 0.0
    buffer: bytearray = field(default_factory=bytearray)
    seconds: list[float] = field(default_factory=list)
    replies: list[tuple[int, bytes]] = field(default_factory=list)


def _seal(xml: bytes, door: Door) -> str:
    plain = secrets.token_bytes(16) + struct.pack(">I", len(xml)) + xml + door.receiver.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(door.key), modes.CBC(door.key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def open_reply(body: bytes, door: Door = OFFICIAL) -> str:
    """Return the plain XML of a sealed reply."""
    sealed = body.split(b"<Encrypt><![CDATA[", 1)[1].split(b"]]>", 1)[0]
    decryptor = Cipher(algorithms.AES(door.key), modes.CBC(door.key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    (length,) = struct.unpack(">I", plain[16:20])
    return plain[20 : 20 + length].decode()


def _sign(door: Door, *pieces: str) -> str:
    return hashlib.sha1("".join(sorted((door.token, *pieces))).encode(), usedforsecurity=False).hexdigest()


def request(person: str, number: int, inner: str, door: Door = OFFICIAL) -> bytes:
    """Return the HTTP request that brings message `number` (no two the same) of a person."""
    now = str(int(time.time()))
    xml = (
        f"<xml><ToUserName><![CDATA[{door.to}]]></ToUserName><FromUserName><![CDATA[{person}]]></FromUserName>"
        f"<CreateTime>{int(now) + number % 7}</CreateTime>{inner}</xml>"
    )
    sealed, nonce = _seal(xml.encode(), door), str(1_000_000_000 + number)
    query = (
        f"signature={_sign(door, now, nonce)}&timestamp={now}&nonce={nonce}&openid={person}&encrypt_type=aes"
        f"&msg_signature={_sign(door, now, nonce, sealed)}"
    )
    body = f"<xml><ToUserName><![CDATA[{door.to}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    head = f"POST {door.path}?{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
    return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def text(number: int, words: str) -> str:
    """Return the XML of a text message."""
    return (
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>"
        f"<MsgId>{7_000_000_000_000_000 + number}</MsgId>"
    )


def _event(number: int) -> str:
    if number % 2:
        event, key = "VIEW", f"https://example.com/{number}"
    else:
        event, key = "CLICK", f"intent:help?{number}"
    return (
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event><EventKey><![CDATA[{key}]]></EventKey>"
    )


def openid(index: int) -> str:
    """Return the OpenID of the bench's customer `index`."""
    return f"oBench{index:022}"


def questions() -> list[str]:
    """Return the questions, each once."""
    heldout, asked = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in QUESTIONS)
    plain = [row["text"] for row in heldout if row["kind"] in {"natural", "aspect"}]
    meant = [row["text"] for row in asked if "intent:" not in str(row["gold"]) and row["gold"] != "unknown"]
    return sorted({*plain, *meant, "谢谢", "你好"})


def remembered(messages: int, processes: int) -> float:
    """Return the share of questions whose wording the process that got them had met before, warm-up included."""
    kinds = len(questions())
    asked = max(400, messages // 10) * 0.7 / processes, messages * 0.7 / processes
    new = [kinds * (1 - (1 - 1 / kinds) ** count) for count in (asked[0], sum(asked))]
    return 1 - (new[1] - new[0]) / asked[1]


def requests_for(messages: int, connections: int, start: int) -> list[list[bytes]]:
    """Return the requests of each connection; a person stays on one connection, so his messages keep their order."""
    chance = random.Random(start)  # noqa: S311 - a repeatable mix
    wordings = questions()
    queues: list[list[bytes]] = [[] for _ in range(connections)]
    step = (start // FAR) * COMPLAINING // 2 * len(COMPLAINT)
    for number in range(start, start + messages):
        kind = chance.random()
        person = chance.randrange(ASKING)
        if kind < 0.2:
            person = ASKING + step // len(COMPLAINT) % COMPLAINING
            inner = text(number, COMPLAINT[step % len(COMPLAINT)])
            step += 1
        elif kind < 0.3:
            inner = _event(number)
        else:
            inner = text(number, chance.choice(wordings))
        queues[person % connections].append(request(openid(person), number, inner))
    return queues


def drive(port: int, queues: list[list[bytes]]) -> tuple[float, list[Connection]]:
    """Send each queue over its own connection, one request at a time; return the seconds and the connections.

    The connections come one after the other while the first are at work already, as they do in life: in one burst, the
    process that wakes first takes nearly all of them, and the figure is that of one process.
    """
    selector = selectors.DefaultSelector()
    connections: list[Connection] = []
    started = time.perf_counter()
    open_now = 0
    for queue in queues:
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(list(reversed(queue)), link)
        connections.append(connection)
        selector.register(link, selectors.EVENT_READ, connection)
        open_now += _send_next(connection)
        until = time.perf_counter() + APART
        while (left := until - time.perf_counter()) > 0:
            open_now -= _answered(selector, left)
    while open_now:
        open_now -= _answered(selector, None)
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.socket.close()
    return seconds, connections


def _answered(selector: selectors.BaseSelector, patience: float | None) -> int:
    """Take the replies that are there, send the next requests, and return how many connections have none left."""
    ended = 0
    for key, _ in selector.select(patience):
        connection = key.data
        if _receive(connection) and not _send_next(connection):
            selector.unregister(connection.socket)
            ended += 1
    return ended


def _send_next(connection: Connection) -> bool:
    if not connection.requests:
        return False
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(connection.requests.pop())
    return True


def _receive(connection: Connection) -> bool:
    data = connection.socket.recv(65536)
    if not data:
        raise ConnectionError("the server closed a keep-alive connection")
    connection.buffer += data
    head, separator, body = bytes(connection.buffer).partition(b"\r\n\r\n")
    if not separator:
        return False
    length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
    if len(body) < length:
        return False
    connection.seconds.append(time.perf_counter() - connection.sent_at)
    connection.replies.append((int(head.split(b" ", 2)[1]), body[:length]))
    connection.buffer.clear()
    return True
