"""What we do at the WeCom API for the managers' app. Thread-safe; one instance an app and process.

Official pages "发送应用消息", "更新模版卡片消息". Every method may raise `ApiError`, `TokenError`, `Unreachable` or
(what sends) `OutcomeUnknown`; with the duplicate check on, sending again within its window is safe.
"""

from __future__ import annotations

import re

from bot.channels.api import Api, Json, listed
from bot.channels.official_client import SendResult
from bot.channels.replies import article_text, card_text, choices_text
from bot.channels.split import cut_bytes, cut_chars, split_text
from bot.messages import Article, Button, Card, Choices, Part, Picture, Text

DUPLICATE_SECONDS = 1800
_SEND = "/cgi-bin/message/send"
_CALLBACK_IPS = "/cgi-bin/getcallbackip"
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")

# The page's limits of a card, in characters (the counts), and how many it takes.
TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE, BUTTON_TEXT = 36, 160, 5, 30, 10
FIELDS, BUTTONS = 6, 6
REPLACED = 20
"""Characters that replace a card's buttons; the update's page sets no limit, and a name and a time must fit."""
_PRIMARY, _ORDINARY = 1, 2


class WeComClient:
    """Send to the firm's own members (account managers).

    `card_url` is where a card without buttons leads (the platform demands a target); without it such a card is text.
    """

    def __init__(self, agent_id: int, api: Api, card_url: str = "") -> None:
        self._agent_id = agent_id
        self._api = api
        self._card_url = card_url

    def send(self, userid: str, part: Part, duplicate_window_s: int = DUPLICATE_SECONDS) -> SendResult:
        """Send one part; a long text goes out in pieces and the last one's result is returned.

        The same content to the same member within `duplicate_window_s` (at most 4 hours, 0: no check) is not shown
        twice, so a repetition after `OutcomeUnknown` is safe. The platform drops what exceeds 30 a minute a member
        without a word: gather reminders into one message.

        Raises:
            ApiError: PERMANENT_PERSON when the member does not exist or is out of the app's scope.
        """
        messages = self._messages(part)
        if not messages:
            raise self._api.transport.refusal(44004, _SEND, "nothing to show")
        for message in messages:
            result = self._send(userid, message, duplicate_window_s)
        return result

    def update_card(self, response_code: str, userid: str, text: str) -> None:
        """Replace a card's buttons by the grey words `text` ("已接单"); once a code, within 72 hours."""
        self._api.call(
            "POST",
            "/cgi-bin/message/update_template_card",
            payload={
                "userids": [userid],
                "agentid": self._agent_id,
                "response_code": response_code,
                "button": {"replace_name": cut_chars(text, REPLACED)},
            },
        )

    def callback_ips(self) -> list[str]:
        """Return the addresses that the platform calls us from."""
        return listed(self._api.call("GET", _CALLBACK_IPS), "ip_list", _CALLBACK_IPS)

    def _send(self, userid: str, message: Json, window_seconds: int) -> SendResult:
        body = {"touser": userid, "agentid": self._agent_id, **message}
        if window_seconds:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": min(window_seconds, 4 * 3600)}
        answer = self._api.call("POST", _SEND, payload=body)
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise self._api.transport.refusal(81013, _SEND, "the platform took it but names the member as invalid")
        return SendResult(str(answer.get("msgid", "")), str(answer.get("response_code", "")))

    def _messages(self, part: Part) -> list[Json]:
        match part:
            case Text(content):
                return _texts(content)
            case Picture(media_id):
                return [{"msgtype": "image", "image": {"media_id": media_id}}]
            case Article() if part.url:
                return [_text_card(part)]
            case Article():
                return _texts(article_text(part))
            case Choices():
                return _texts(choices_text(part, tappable=False))
            case Card():
                return self._card(part)

    def _card(self, card: Card) -> list[Json]:
        if not card.buttons and not self._card_url:
            return _texts(card_text(card))
        if not _TASK_ID.fullmatch(card.task_id) or len(card.buttons) > BUTTONS:
            raise self._api.transport.refusal(40058, _SEND, "a card needs a valid task id and at most 6 buttons")
        shown = _card_words(card) | {"task_id": card.task_id}
        if card.buttons:
            shown |= {"card_type": "button_interaction", "button_list": [_button(button) for button in card.buttons]}
        else:
            shown |= {"card_type": "text_notice", "card_action": {"type": 1, "url": self._card_url}}
        return [{"msgtype": "template_card", "template_card": shown}]


def _texts(content: str) -> list[Json]:
    return [{"msgtype": "text", "text": {"content": piece}} for piece in split_text(content)]


def _text_card(article: Article) -> Json:
    card = {
        "title": cut_bytes(article.title, 128),
        "description": cut_bytes(article.description or article.title, 512),
        "url": article.url,
    }
    return {"msgtype": "textcard", "textcard": card}


def _card_words(card: Card) -> Json:
    fields = [
        {"keyname": cut_chars(name, FIELD_NAME), "value": cut_chars(value, FIELD_VALUE)}
        for name, value in [field for field in card.fields if all(field)][:FIELDS]
    ]
    return {
        "main_title": {"title": cut_chars(card.title, TITLE)},
        "sub_title_text": cut_chars(card.description, DESCRIPTION),
        "horizontal_content_list": fields,
    }


def _button(button: Button) -> Json:
    style = _PRIMARY if button.primary else _ORDINARY
    return {"text": cut_chars(button.text, BUTTON_TEXT), "style": style, "key": button.key}
