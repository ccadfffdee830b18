"""What both callbacks share: the signed envelope in and the sealed reply out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from ssl import RAND_bytes

from bot.channels.crypto import MessageCrypto, RandomBytes
from bot.channels.errors import Refused
from bot.channels.signature import digest, verify
from bot.channels.xml import Tree, parse, text_of

_ECHO = re.compile(r"[0-9A-Za-z_\-+/=]{1,128}")


class Envelope:
    """Open and seal messages for one receiver (`receiveid`: AppID or CorpID)."""

    def __init__(
        self,
        token: str,
        aes_keys: Sequence[str],
        receiveid: str,
        window_seconds: int,
        random_bytes: RandomBytes = RAND_bytes,
    ) -> None:
        self._token = token
        self._window = window_seconds
        self._crypto = MessageCrypto(aes_keys, receiveid, random_bytes)
        self._random = random_bytes

    def open(self, params: dict[str, str], sealed: str, now: datetime) -> tuple[bytes, str, int]:
        """Return the message, the signature that covers it, and the index of the key.

        Raises:
            Refused: the signature is wrong or no key opens it.
        """
        signature = verify(self._token, params, "msg_signature", now, self._window, sealed)
        message, key_index = self._crypto.decrypt(sealed)
        return message, signature, key_index

    def open_body(self, params: dict[str, str], body: bytes, now: datetime) -> tuple[Tree, str, int]:
        """Return the decrypted fields of a POST, its signature and the index of the key.

        Whatever stands beside `<Encrypt>` is not signed and therefore not looked at.

        Raises:
            Refused: anything is wrong.
        """
        sealed = text_of(parse(body), "Encrypt").strip()
        if not sealed:
            raise Refused(400, "no_encrypt")
        message, signature, key_index = self.open(params, sealed, now)
        return parse(message), signature, key_index

    def seal(self, xml: str, key_index: int, now: datetime) -> str:
        """Return `xml` encrypted and signed, as the reply's XML."""
        sealed = self._crypto.encrypt(xml.encode(), key_index)
        timestamp = str(int(now.timestamp()))
        nonce = self._random(8).hex()
        signature = digest(self._token, timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )


def checked_echo(echo: str) -> str:
    """Return `echo` when it is harmless to send back (it is shown to whoever calls).

    Raises:
        Refused: it holds other characters than an echo string has.
    """
    if not _ECHO.fullmatch(echo):
        raise Refused(400, "echostr")
    return echo
