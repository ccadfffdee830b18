"""Sign and encrypt as the platform does, written apart from the product so that one can judge the other.

Sources: "消息加解密说明" (Official Account push guide, encryption) and "加解密方案说明" (WeCom, path/90968).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher as AesCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

BLOCK = 32
"""Bytes to which the platform pads; PKCS#7 with this block, twice the block of AES."""


class BadCipher(ValueError):
    """An encrypted text that the platform would not take; the message says why."""


def signature(*parts: str) -> str:
    """Return the sha1 of the sorted parts, 40 lower-case hex digits; there is no delimiter between parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def pad(text: bytes, block: int = BLOCK) -> bytes:
    """Fill up to a multiple of `block` with 1..block bytes, each of which tells how many there are."""
    count = block - len(text) % block
    return text + bytes([count]) * count


def unpad(padded: bytes) -> bytes:
    """Take the padding off; unlike many servers the platform looks at every byte of it."""
    if not padded or len(padded) % BLOCK:
        raise BadCipher(f"length {len(padded)} is not a multiple of {BLOCK}")
    count = padded[-1]
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise BadCipher("padding is broken")
    return padded[:-count]


@dataclass(frozen=True)
class Cipher:
    """One EncodingAESKey (43 characters) with the receiveid (AppID or CorpID) that must stand behind the text."""

    encoding_aes_key: str
    receiveid: str

    @property
    def key(self) -> bytes:
        """The 32 bytes of the AES key; its first 16 are the initial vector."""
        return base64.b64decode(self.encoding_aes_key + "=")

    def encrypt(self, text: str | bytes, random16: bytes | None = None, block: int = BLOCK) -> str:
        """Return the base64 text for `<Encrypt>`; `random16` makes it repeatable, another `block` makes it wrong."""
        raw = text.encode() if isinstance(text, str) else text
        head = random16 if random16 is not None else secrets.token_hex(8).encode()
        full = head + struct.pack(">I", len(raw)) + raw + self.receiveid.encode()
        box = self._aes().encryptor()
        return base64.b64encode(box.update(pad(full, block)) + box.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the text inside; raise BadCipher when base64, length, padding or receiveid is not right."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadCipher("not base64") from error
        if not raw or len(raw) % BLOCK:
            raise BadCipher(f"length {len(raw)} is not a multiple of {BLOCK}")
        box = self._aes().decryptor()
        return self._content(unpad(box.update(raw) + box.finalize()))

    def _content(self, full: bytes) -> bytes:
        if len(full) < 20:
            raise BadCipher("too short")
        (length,) = struct.unpack(">I", full[16:20])
        text, receiveid = full[20 : 20 + length], full[20 + length :]
        if len(text) != length or receiveid != self.receiveid.encode():
            raise BadCipher("length or receiveid is wrong")
        return text

    def _aes(self) -> AesCipher[modes.CBC]:
        return AesCipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))
