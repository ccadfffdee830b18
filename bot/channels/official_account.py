"""The Official Account's webhook (公众号): verify, open, read; render, seal.

Official pages "接入指南", "消息加解密说明", "接收普通消息", "接收事件推送", "被动回复用户消息".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ssl import RAND_bytes

from bot.channels.crypto import RandomBytes
from bot.channels.envelope import Envelope, checked_echo
from bot.channels.errors import Refused
from bot.channels.inbound import Received, read_incoming
from bot.channels.replies import SUCCESS, plan, render
from bot.channels.signature import Args, single, verify
from bot.channels.xml import Tree, parse, text_of
from bot.clock import Clock
from bot.config import Mode
from bot.messages import Channel, Part, Reply


class OfficialAccount:
    """One account's callback. Holds no state between requests: one instance serves all threads.

    `mode` is the console's setting: plain messages are refused in `safe`, sealed ones in `plain`. `original_id` (gh_…),
    when given, must be the receiver of every message. `tappable` says whether choices may be shown as links.
    """

    def __init__(
        self,
        name: str,
        *,
        app_id: str,
        token: str,
        clock: Clock,
        aes_keys: Sequence[str] = (),
        mode: Mode = "safe",
        original_id: str = "",
        window_seconds: int = 300,
        tappable: bool = True,
        random_bytes: RandomBytes = RAND_bytes,
    ) -> None:
        if not token:
            raise ValueError("an empty token would let everybody in")
        self.name = name
        self._token = token
        self._clock = clock
        self._mode = mode
        self._original_id = original_id
        self._window = window_seconds
        self._tappable = tappable
        self._envelope = None if mode == "plain" else Envelope(token, aes_keys, app_id, window_seconds, random_bytes)

    def handshake(self, args: Args) -> str:
        """Return what a GET is answered with: the echo string as it came, also in safe mode.

        Raises:
            Refused: the request does not come from the platform.
        """
        params = single(args)
        verify(self._token, params, "signature", self._clock.now(), self._window)
        return checked_echo(params.get("echostr", ""))

    def receive(self, args: Args, body: bytes) -> Received:
        """Return the message or event of a POST. The caller has limited the body's size.

        Raises:
            Refused: anything is wrong; nothing else is ever raised.
        """
        params = single(args)
        encrypt_type = params.get("encrypt_type", "") or "raw"
        if encrypt_type == "aes":
            return self._receive_sealed(params, body)
        if self._mode == "safe":
            raise Refused(403, "plaintext")
        if encrypt_type != "raw":
            raise Refused(400, "encrypt_type")
        return self._receive_plain(params, body)

    def respond(self, received: Received, reply: Reply, now: datetime) -> tuple[str, tuple[Part, ...]]:
        """Return the body to answer with and the parts still to be sent as customer-service messages.

        It is sealed with the key that opened the message; `success` stays plain.
        """
        first, rest = plan(reply, self._tappable)
        if first is None:
            return SUCCESS, rest
        xml = render(first, received.incoming, now)
        if received.key_index is None or self._envelope is None:
            return xml, rest
        return self._envelope.seal(xml, received.key_index, now), rest

    def _receive_sealed(self, params: dict[str, str], body: bytes) -> Received:
        if self._envelope is None:
            raise Refused(400, "mode")
        fields, signature, key_index = self._envelope.open_body(params, body, self._clock.now())
        return self._received(fields, signature, key_index)

    def _receive_plain(self, params: dict[str, str], body: bytes) -> Received:
        signature = verify(self._token, params, "signature", self._clock.now(), self._window)
        fields = parse(body)
        if "Encrypt" in fields:  # somebody dropped encrypt_type to have the unsigned half believed
            raise Refused(403, "downgrade")
        return self._received(fields, signature, None)

    def _received(self, fields: Tree, signature: str, key_index: int | None) -> Received:
        if self._original_id and text_of(fields, "ToUserName").strip() != self._original_id:
            raise Refused(403, "to_user")
        return Received(read_incoming(Channel.OFFICIAL, self.name, fields), signature, key_index)
