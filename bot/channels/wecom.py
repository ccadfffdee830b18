"""The callback of the managers' WeCom app (企业微信自建应用): always sealed, also the handshake.

Official pages "回调配置", "接收消息与事件", "模板卡片事件推送". Any answer but 200 is retried; an empty one means
received.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ssl import RAND_bytes

from bot.channels.crypto import RandomBytes
from bot.channels.envelope import Envelope, checked_echo
from bot.channels.errors import Refused
from bot.channels.inbound import Received, read_incoming
from bot.channels.replies import plan, render
from bot.channels.signature import Args, single
from bot.channels.xml import text_of
from bot.clock import Clock
from bot.messages import Card, Channel, Part, Reply


class WeComApp:
    """One app's callback. Holds no state between requests: one instance serves all threads."""

    def __init__(
        self,
        name: str,
        *,
        corp_id: str,
        token: str,
        aes_keys: Sequence[str],
        clock: Clock,
        window_seconds: int = 300,
        random_bytes: RandomBytes = RAND_bytes,
    ) -> None:
        if not token:
            raise ValueError("an empty token would let everybody in")
        self.name = name
        self._corp_id = corp_id
        self._clock = clock
        self._envelope = Envelope(token, aes_keys, corp_id, window_seconds, random_bytes)

    def handshake(self, args: Args) -> str:
        """Return the decrypted echo string, which the platform wants within one second.

        A `+` that a proxy decoded to a blank is put back: base64 holds no blanks.

        Raises:
            Refused: the request does not come from the platform.
        """
        params = single(args)
        sealed = params.get("echostr", "").replace(" ", "+")
        message, _, _ = self._envelope.open(params, sealed, self._clock.now())
        return checked_echo(message.decode("utf-8", "replace"))

    def receive(self, args: Args, body: bytes) -> Received:
        """Return the message or event of a POST. The caller has limited the body's size.

        Raises:
            Refused: anything is wrong; nothing else is ever raised.
        """
        fields, signature, key_index = self._envelope.open_body(single(args), body, self._clock.now())
        if text_of(fields, "ToUserName").strip() != self._corp_id:
            raise Refused(403, "to_user")
        return Received(read_incoming(Channel.WECOM, self.name, fields), signature, key_index)

    def respond(self, received: Received, reply: Reply, now: datetime) -> tuple[str, tuple[Part, ...]]:
        """Return the body to answer with ("": nothing to say) and the parts still to be sent as app messages.

        A card cannot be a passive reply: a reply that begins with one is sent as app messages altogether.
        """
        if reply.parts and isinstance(reply.parts[0], Card):
            return "", reply.parts
        first, rest = plan(reply, tappable=False)
        if first is None:
            return "", rest
        key_index = received.key_index or 0
        return self._envelope.seal(render(first, received.incoming, now), key_index, now), rest
