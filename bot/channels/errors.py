"""Everything that can go wrong between the platform and us, as one tree.

    ChannelError
    ├── Refused             an incoming request is bad: answer `status` and nothing else; `reason` is for the metrics
    ├── UnknownAccount      no account of that name and kind is configured
    └── OutboundError       a call to the platform did not succeed
        ├── ApiError        the platform answered with an error code; `action` says what to do about it
        │   └── TokenError  the platform gave no access token (wrong secret, caller's address not allowed, …)
        ├── Unreachable     the request was surely not processed: trying again later is safe
        └── OutcomeUnknown  the request left and the answer was lost: it may have been processed

No message in here ever holds a token, a secret, a query string or an answer's body.
"""

from __future__ import annotations

from bot.channels.codes import Action, Code


class ChannelError(Exception):
    """Base of all errors of the transports."""


class Refused(ChannelError):
    """An incoming request is not accepted.

    `status` is 400 (form), 403 (not the platform, or too old) or 413 (too large); `reason` is a short fixed word, so
    that counting by it stays cheap. Neither tells the sender what was wrong.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class UnknownAccount(ChannelError):
    """No account of that name and kind is configured."""


class OutboundError(ChannelError):
    """A call to the platform did not succeed."""


class ApiError(OutboundError):
    """The platform answered with an error code.

    `rid` is the platform's request id (its first part is a hex unix time): quote it when asking Tencent's support.
    """

    def __init__(self, entry: Code, path: str, detail: str = "", rid: str = "") -> None:
        super().__init__(f"{path}: {entry.code} {entry.meaning}" + (f" ({detail})" if detail else ""))
        self.code = entry.code
        self.action: Action = entry.action
        self.remedy = entry.remedy
        self.detail = detail
        self.path = path
        self.rid = rid


class TokenError(ApiError):
    """The platform gave no access token; nothing can be sent until an operator has followed `remedy`."""


class Unreachable(OutboundError):
    """The request was surely not processed (no connection, refused before it was read): trying again is safe."""


class OutcomeUnknown(OutboundError):
    """The request left and its answer was lost: it may have been processed, so never send it again blindly."""
