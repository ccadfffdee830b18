"""The AES envelope: any message survives, hostile bytes are refused, two keys work."""

from __future__ import annotations

import base64
import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.crypto import MessageCrypto, decode_key
from bot.channels.errors import Refused
from tests.channels.platform import APP_ID, KEY, OLD_KEY, encrypt

CRYPTO = MessageCrypto([KEY, OLD_KEY], APP_ID)


def seal_raw(padded: bytes, key: str = KEY) -> str:
    secret = decode_key(key)
    encryptor = Cipher(AES(secret), CBC(secret[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


@given(st.binary(max_size=600), st.sampled_from([0, 1]))
def test_round_trip_with_either_key(message: bytes, key_index: int) -> None:
    assert CRYPTO.decrypt(CRYPTO.encrypt(message, key_index)) == (message, key_index)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_wechatpy_seals_is_opened(text: str) -> None:
    assert CRYPTO.decrypt(encrypt(text))[0].decode() == text


@given(st.binary(max_size=300))
def test_hostile_bytes_raise_refused_alone(noise: bytes) -> None:
    for text in (base64.b64encode(noise).decode(), noise.decode("latin-1")):
        with pytest.raises(Refused):
            CRYPTO.decrypt(text)


@given(st.text(max_size=100))
def test_hostile_text_raises_refused_alone(text: str) -> None:
    with pytest.raises(Refused):
        CRYPTO.decrypt(text)


@given(st.integers(0, 255), st.binary(min_size=31, max_size=31))
def test_padding_is_checked_whole(last: int, before: bytes) -> None:
    full = os.urandom(16) + (0).to_bytes(4, "big") + APP_ID.encode()
    honest = 32 - len(full) % 32
    padded = full + bytes([honest]) * honest
    assert CRYPTO.decrypt(seal_raw(padded)) == (b"", 0)
    broken = padded[:-32] + before + bytes([last])
    if broken != padded and broken[-last:] != bytes([last]) * last:
        with pytest.raises(Refused):
            CRYPTO.decrypt(seal_raw(broken))


@pytest.mark.parametrize(
    "padded",
    [
        b"r" * 16 + b"\x00\x00\x00\x1ax" + APP_ID.encode() + bytes([25]) * 25,
        b"r" * 16 + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01",
        b"r" * 16 + b"\x00\x00\x00\x01x" + APP_ID.encode() + bytes([24]) * 24 + bytes([25]),
        b"\x00" * 32,
        b"\x21" * 64,
        b"\x20" * 32,
    ],
)
def test_layouts_that_do_not_fit(padded: bytes) -> None:
    with pytest.raises(Refused, match="decrypt") as refused:
        CRYPTO.decrypt(seal_raw(padded))
    assert refused.value.status == 403


def test_sixteen_byte_padding_alone_is_refused() -> None:
    full = os.urandom(16) + (3).to_bytes(4, "big") + b"abc" + APP_ID.encode()
    pad = 16 - len(full) % 16
    padded = full + bytes([pad]) * pad
    assert len(padded) % 32 == 16
    with pytest.raises(Refused, match="blocks"):
        CRYPTO.decrypt(seal_raw(padded))


def test_another_receiver_is_refused() -> None:
    with pytest.raises(Refused, match="receiveid"):
        CRYPTO.decrypt(encrypt("<xml/>", "wx0000000000000000"))
    with pytest.raises(Refused, match="receiveid"):
        CRYPTO.decrypt(encrypt("<xml/>", APP_ID + "0"))


def test_another_key_is_refused() -> None:
    with pytest.raises(Refused):
        MessageCrypto([KEY], APP_ID).decrypt(encrypt("<xml/>", APP_ID, OLD_KEY))


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "é" * 43, "_" * 43])
def test_a_malformed_key_stops_the_start(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message differs by cause
        MessageCrypto([key], APP_ID)
