"""What the sender needs of the channels, and what became of one request as a value.

`bot.channels` fulfils the protocols; tests give their own.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.channels.codes import Action
from bot.channels.errors import ApiError, OutcomeUnknown, TokenError, Unreachable
from bot.messages import Part


class SentCard(Protocol):
    """What WeCom answers to an app message."""

    @property
    def message_id(self) -> str:
        """The platform's id of the message."""
        ...

    @property
    def response_code(self) -> str:
        """The code that lets the card be changed once within 72 h; empty for other messages."""
        ...


class Official(Protocol):
    """The outbound side of an Official Account."""

    def send(self, openid: str, part: Part) -> object:
        """Send a customer-service message."""
        ...

    def send_template(
        self, openid: str, template_id: str, fields: Mapping[str, str], url: str, client_msg_id: str
    ) -> str:
        """Send a template message and return its id, which the finish event names."""
        ...

    def send_notice(self, openid: str, template_id: str, fields: Mapping[str, str], page: str) -> object:
        """Send a 订阅通知."""
        ...


class Wecom(Protocol):
    """The outbound side of the managers' app."""

    def send(self, userid: str, part: Part) -> SentCard:
        """Send an app message."""
        ...

    def update_card(self, response_code: str, userid: str, text: str) -> object:
        """Replace the buttons of a card by `text`."""
        ...


class Transports(Protocol):
    """The accounts' clients by name."""

    def official(self, account: str) -> Official:
        """Return the client of an Official Account."""
        ...

    def wecom(self, account: str) -> Wecom:
        """Return the client of a WeCom app."""
        ...


class Fate(enum.StrEnum):
    """What became of a request."""

    SENT = "sent"
    REFUSED = "refused"  # for good, on this rung
    EXHAUSTED = "exhausted"  # for good, and the platform's quota is zero
    GONE = "gone"  # the person cannot be reached on this account
    BUSY = "busy"  # try again, a few times
    UNREACHABLE = "unreachable"  # surely not sent: try again
    MINUTE = "minute"  # try again in a minute
    TOMORROW = "tomorrow"  # try again after midnight UTC+8
    STOPPED = "stopped"  # nothing will succeed until an operator acts
    UNKNOWN = "unknown"  # it may have been sent


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one request, with the platform's code and ids and the remedy for the operator.

    `messages` is how many customer-service messages left for it.
    """

    fate: Fate
    code: str = ""
    remedy: str = ""
    rid: str = ""
    platform_id: str = ""
    response_code: str = ""
    messages: int = 1


_FATES: Mapping[Action, Fate] = {
    Action.DONE: Fate.SENT,
    Action.ALREADY_SENT: Fate.SENT,
    Action.IGNORE: Fate.SENT,
    Action.RETRY_BACKOFF: Fate.BUSY,
    Action.WAIT_MINUTE: Fate.MINUTE,
    Action.PARK_UNTIL_TOMORROW: Fate.TOMORROW,
    Action.STOP_ALERT: Fate.STOPPED,
    Action.REFRESH_TOKEN: Fate.STOPPED,  # the client has refreshed and retried already
    Action.FALL_BACK: Fate.EXHAUSTED,
    Action.QUOTA_ZERO: Fate.EXHAUSTED,
    Action.PERMANENT_PERSON: Fate.GONE,
    Action.REJECT: Fate.REFUSED,
}


def attempt(request: Callable[[], Outcome]) -> Outcome:
    """Make one request and return its fate instead of raising."""
    try:
        return request()
    except TokenError as error:  # says nothing about this message: whatever it is, the message waits
        fate = _FATES[error.action]
        fate = fate if fate in {Fate.BUSY, Fate.MINUTE, Fate.TOMORROW} else Fate.STOPPED
        return Outcome(fate, str(error.code), error.remedy, error.rid)
    except ApiError as error:
        return Outcome(_FATES[error.action], str(error.code), error.remedy, error.rid)
    except Unreachable:
        return Outcome(Fate.UNREACHABLE)
    except OutcomeUnknown:
        return Outcome(Fate.UNKNOWN)
