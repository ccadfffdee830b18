"""The AES-256-CBC envelope around messages (official page "消息加解密说明").

    FullStr = random(16) + uint32 big-endian len(msg) + msg + receiveid
    Encrypt = base64(AES-256-CBC(key, iv = key[:16])(FullStr padded to a multiple of 32))

`len(msg)` counts bytes. The padding is PKCS#7 with a block of 32, so an ordinary 16-byte unpadder refuses about half of
all genuine messages. Two keys may be in force while the console's key is being changed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from ssl import RAND_bytes

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.channels.errors import Refused

BLOCK = 32
_HEAD = 20  # 16 random bytes and the length

RandomBytes = Callable[[int], bytes]
"""`ssl.RAND_bytes`: `os.urandom` lets other threads run meanwhile, which costs a hundred times what it does itself."""


def decode_key(encoding_aes_key: str) -> bytes:
    """Return the 32 bytes of an EncodingAESKey of 43 characters.

    Raises:
        ValueError: it has another length or alphabet.
    """
    if len(encoding_aes_key) != 43:
        raise ValueError("an EncodingAESKey has 43 characters")
    return base64.b64decode(encoding_aes_key + "=", validate=True)


class MessageCrypto:
    """Encrypt and decrypt for one receiver with its current and previous key.

    The cipher objects are made once: they hold no state between messages and may be used by many threads.
    """

    def __init__(
        self, encoding_aes_keys: Sequence[str], receiveid: str, random_bytes: RandomBytes = RAND_bytes
    ) -> None:
        keys = [decode_key(text) for text in encoding_aes_keys if text]
        if not keys:
            raise ValueError("no EncodingAESKey given")
        self._ciphers = [Cipher(AES(key), CBC(key[:16])) for key in keys]
        self._receiveid = receiveid.encode()
        self._random = random_bytes

    def decrypt(self, encrypted: str) -> tuple[bytes, int]:
        """Return the message and the index of the key that opened it (0 current, 1 previous).

        Raises:
            Refused: 400 when it is no base64 of whole blocks, 403 when no key opens it for our receiveid.
        """
        sealed = _whole_blocks(encrypted)
        reason = "decrypt"
        for index, cipher in enumerate(self._ciphers):
            decryptor = cipher.decryptor()
            message, receiveid = _unpack(decryptor.update(sealed) + decryptor.finalize())
            if message is None:
                continue
            if receiveid == self._receiveid:
                return message, index
            reason = "receiveid"
        raise Refused(403, reason)

    def encrypt(self, message: bytes, key_index: int = 0) -> str:
        """Return the base64 of `message` sealed with the key of that index."""
        full = b"".join((self._random(16), len(message).to_bytes(4, "big"), message, self._receiveid))
        pad = BLOCK - len(full) % BLOCK
        encryptor = self._ciphers[key_index].encryptor()
        sealed = encryptor.update(full + bytes((pad,)) * pad) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")


def _whole_blocks(encrypted: str) -> bytes:
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "base64") from None
    if not sealed or len(sealed) % BLOCK:
        raise Refused(400, "blocks")
    return sealed


def _unpack(padded: bytes) -> tuple[bytes | None, bytes]:
    """Return message and receiveid, or None when padding or length do not fit (another key)."""
    pad = padded[-1]
    if not 1 <= pad <= BLOCK or padded[-pad:] != bytes((pad,)) * pad:
        return None, b""
    length = int.from_bytes(padded[16:_HEAD], "big")
    end = len(padded) - pad
    if _HEAD + length > end:
        return None, b""
    return padded[_HEAD : _HEAD + length], padded[_HEAD + length : end]
