"""A platform that answers what a test tells it to and remembers what it was asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels import codes
from bot.channels.errors import ApiError
from bot.messages import Card, Part

Answer = Exception | Callable[[], None] | None


def official_error(code: int) -> ApiError:
    """Return the error an Official Account's client raises for `code`."""
    return ApiError(codes.lookup(codes.OFFICIAL, code), "/cgi-bin/x", rid="5f3a")


def wecom_error(code: int) -> ApiError:
    """Return the error a WeCom client raises for `code`."""
    return ApiError(codes.lookup(codes.WECOM, code), "/cgi-bin/x", rid="5f3a")


@dataclass
class Receipt:
    """What WeCom answers."""

    message_id: str
    response_code: str


@dataclass
class Platform:
    """Both clients of every account. `answers` are used up in order, then everything succeeds."""

    answers: deque[Answer] = field(default_factory=deque)
    sent: list[tuple[str, str, Any]] = field(default_factory=list)  # way, to whom, what; what got through
    asked: list[tuple[str, str, Any]] = field(default_factory=list)  # also what did not

    def official(self, account: str) -> Platform:
        """Return the client of an Official Account."""
        return self

    def wecom(self, account: str) -> _WecomSide:
        """Return the client of a WeCom app."""
        return _WecomSide(self)

    def send(self, openid: str, part: Part) -> None:
        """Send a customer-service message."""
        self.ask("kf", openid, part)

    def send_template(
        self, openid: str, template_id: str, fields: Mapping[str, str], url: str, client_msg_id: str
    ) -> str:
        """Send a template message."""
        self.ask("template", openid, (template_id, dict(fields), url, client_msg_id))
        return f"tm-{client_msg_id}"

    def send_notice(self, openid: str, template_id: str, fields: Mapping[str, str], page: str) -> str:
        """Send a 订阅通知."""
        self.ask("notice", openid, (template_id, dict(fields), page))
        return f"nt-{len(self.sent)}"

    def ask(self, way: str, to: str, what: Any) -> None:
        """Answer one request as the test wants it."""
        self.asked.append((way, to, what))
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer()
        self.sent.append((way, to, what))


@dataclass
class _WecomSide:
    platform: Platform

    def send(self, userid: str, part: Part) -> Receipt:
        self.platform.ask("wecom", userid, part)
        number = len(self.platform.sent)
        return Receipt(f"wm-{number}", f"rc-{number}" if isinstance(part, Card) else "")

    def update_card(self, response_code: str, userid: str, text: str) -> None:
        self.platform.ask("card_update", userid, (response_code, text))
