"""Every published vector, figure by figure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.crypto import MessageCrypto
from bot.channels.errors import Refused
from bot.channels.official_account import OfficialAccount
from bot.channels.signature import digest, verify
from bot.channels.wecom import WeComApp
from bot.clock import ManualClock
from tests.channels.conftest import VECTORS

PLAIN = [vector for vector in VECTORS.values() if "signature" in vector and not vector["name"].startswith("N")]
SEALED = [vector for vector in VECTORS.values() if "msg_signature" in vector]
CIPHERS = [vector for vector in VECTORS.values() if "encrypt" in vector]
HOSTILE = [vector for vector in VECTORS.values() if vector["name"].startswith("N")]
names = lambda vector: vector["name"]  # noqa: E731


def at(vector: dict) -> datetime:
    return datetime.fromtimestamp(int(vector["timestamp"]), UTC)


def fixed_random(vector: dict):
    return lambda count: vector["random16"].encode()[:count].ljust(count, b"0")


def test_the_file_holds_all_fifteen_vectors() -> None:
    assert len(VECTORS) == 15


@pytest.mark.parametrize("vector", PLAIN, ids=names)
def test_plain_signature(vector: dict) -> None:
    assert digest(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]
    assert verify(vector["token"], vector, "signature", at(vector), 300) == vector["signature"]


@pytest.mark.parametrize("vector", SEALED, ids=names)
def test_sealed_signature(vector: dict) -> None:
    given = verify(vector["token"], vector, "msg_signature", at(vector), 300, vector["encrypt"])
    assert given == vector["msg_signature"]


@pytest.mark.parametrize("vector", CIPHERS, ids=names)
def test_decrypt_and_encrypt_byte_for_byte(vector: dict) -> None:
    crypto = MessageCrypto([vector["encoding_aes_key"]], vector["receiveid"], fixed_random(vector))
    message, key_index = crypto.decrypt(vector["encrypt"])
    assert (message.decode(), key_index) == (vector["plaintext"], 0)
    assert crypto.encrypt(vector["plaintext"].encode()) == vector["encrypt"]
    assert len(message) == vector.get("plaintext_bytes", len(message))


def test_encrypt_only_vector_by_its_hash() -> None:
    vector = VECTORS["VA2-encrypt-only-long"]
    crypto = MessageCrypto([vector["encoding_aes_key"]], vector["receiveid"], fixed_random(vector))
    encrypted = crypto.encrypt(vector["plaintext"].encode())
    assert hashlib.sha1(encrypted.encode()).hexdigest() == vector["encrypt_sha1_of_base64"]
    assert crypto.decrypt(encrypted)[0].decode() == vector["plaintext"]


@pytest.mark.parametrize("name", ["VC-oa-compat-message", "VD-oa-message", "VE-safe-event-xml"])
def test_the_account_receives_the_published_messages(name: str) -> None:
    vector = VECTORS[name]
    account = OfficialAccount(
        "official",
        app_id=vector["receiveid"],
        token=vector["token"],
        aes_keys=[vector["encoding_aes_key"]],
        clock=ManualClock(at(vector)),
    )
    args = [("encrypt_type", "aes"), *((tag, vector[tag]) for tag in ("msg_signature", "timestamp", "nonce"))]
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>"
    received = account.receive(args, body.encode())
    assert received.signature == vector["msg_signature"]
    assert received.incoming.text == ("" if name.startswith("VE") else "abcdteT")
    assert received.incoming.event == ("debug_demo" if name.startswith("VE") else "")


def test_the_published_json_message_is_a_clean_refusal() -> None:
    vector = VECTORS["V1-safe-event"]
    account = OfficialAccount(
        "official",
        app_id=vector["receiveid"],
        token=vector["token"],
        aes_keys=[vector["encoding_aes_key"]],
        clock=ManualClock(at(vector)),
    )
    args = [("encrypt_type", "aes"), *((tag, vector[tag]) for tag in ("msg_signature", "timestamp", "nonce"))]
    with pytest.raises(Refused) as refused:
        account.receive(args, f"<xml><Encrypt>{vector['encrypt']}</Encrypt></xml>".encode())
    assert refused.value.status == 400


def wecom_app(vector: dict) -> WeComApp:
    return WeComApp(
        "work",
        corp_id=vector["receiveid"],
        token=vector["token"],
        aes_keys=[vector["encoding_aes_key"]],
        clock=ManualClock(at(vector)),
    )


@pytest.mark.parametrize("name", ["VB1-wecom-verify-url", "VP1-wecom-verify-url"])
@pytest.mark.parametrize("proxy_broke_the_plus", [False, True])
def test_wecom_handshake(name: str, proxy_broke_the_plus: bool) -> None:
    vector = VECTORS[name]
    echo = vector["encrypt"].replace("+", " ") if proxy_broke_the_plus else vector["encrypt"]
    args = [("echostr", echo), *((tag, vector[tag]) for tag in ("msg_signature", "timestamp", "nonce"))]
    assert wecom_app(vector).handshake(args) == vector["plaintext"]


def test_wecom_message() -> None:
    vector = VECTORS["VB2-wecom-message"]
    args = [(tag, vector[tag]) for tag in ("msg_signature", "timestamp", "nonce")]
    body = f"<xml><ToUserName>c</ToUserName><Encrypt>{vector['encrypt']}</Encrypt><AgentID>218</AgentID></xml>"
    incoming = wecom_app(vector).receive(args, body.encode()).incoming
    assert incoming.key.startswith("m:4561255354251345929:")
    assert (incoming.person, incoming.text) == ("mycreate", "hello")
    assert incoming.data == {"AgentID": "218"}


@pytest.mark.parametrize("vector", HOSTILE, ids=names)
def test_the_hostile_pair_is_refused(vector: dict) -> None:
    assert digest(vector["token"], vector["timestamp"], vector["nonce"]) == vector["signature"]
    for moment in (at(VECTORS["V0-plain-signature"]), at(vector)):
        with pytest.raises(Refused) as refused:
            verify(vector["token"], vector, "signature", moment, 300)
        assert refused.value.reason == "timestamp"


def test_swapping_a_ten_digit_nonce_falls_out_of_the_window() -> None:
    params = {"timestamp": "1234567890", "nonce": "1714037059"}
    params["signature"] = digest("AAAAA", *params.values())
    with pytest.raises(Refused, match="stale"):
        verify("AAAAA", params, "signature", at(VECTORS["V0-plain-signature"]) + timedelta(seconds=1), 300)
