"""From a `Reply` to what the platform shows: the one passive reply, and the rest to be sent afterwards.

Official page "被动回复用户消息": one reply a message, text up to 2,048 bytes, one article. wechatpy renders the XML; it
neither guards CDATA nor cuts, so that is done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from wechatpy.replies import ArticlesReply, ImageReply, TextReply

from bot.channels.split import clean, split_text
from bot.messages import Article, Card, Choices, Incoming, Option, Part, Picture, Reply, Text

SUCCESS = "success"
"""Accepted, nothing to say: no retry, nothing shown."""

_LINK_UNSAFE = str.maketrans({"&": "＆", "#": "＃", "%": "％", "+": "＋", '"': "”", "<": "＜", ">": "＞", "\n": " "})


def choices_text(choices: Choices, tappable: bool) -> str:
    """Return a question as text: head, numbered lines, tail.

    A tappable line is a link that the phone answers with the label and `bizmsgmenuid`; characters that would end the
    link or its parameters are shown in their full-width form.
    """
    lines = [choices.head] if choices.head else []
    lines += [f"{number}. {_option(option, tappable)}" for number, option in enumerate(choices.options, 1)]
    return "\n".join([*lines, choices.tail] if choices.tail else lines)


def _option(option: Option, tappable: bool) -> str:
    if not tappable:
        return option.label
    label = clean(option.label).translate(_LINK_UNSAFE)
    key = clean(option.id).translate(_LINK_UNSAFE)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid={key}">{label}</a>'


def card_text(card: Card) -> str:
    """Return a card as text, for transports that have no cards: title, words, fields."""
    fields = [f"{name}：{value}" for name, value in card.fields]
    return "\n".join(line for line in (card.title, card.description, *fields) if line)


def article_text(article: Article) -> str:
    """Return an article as text with its link."""
    return "\n".join(line for line in (article.title, article.description, article.url) if line)


def split_parts(reply: Reply) -> Iterator[Part]:
    """Yield the parts, texts cut to what one message holds, blank ones left out."""
    for part in reply.parts:
        if isinstance(part, Text):
            yield from map(Text, split_text(part.content))
        else:
            yield part


def plan(reply: Reply, tappable: bool) -> tuple[Text | Picture | Article | None, tuple[Part, ...]]:
    """Return the passive reply (None: nothing to say) and what follows it as separate messages.

    Further parts stay what they are: the client that sends them has real menus and cards.
    """
    parts = list(split_parts(reply))
    if not parts:
        return None, ()
    first, rest = parts[0], parts[1:]
    if isinstance(first, Text | Picture | Article):
        return first, tuple(rest)
    words = choices_text(first, tappable) if isinstance(first, Choices) else card_text(first)
    pieces = [Text(piece) for piece in split_text(words)]
    if not pieces:
        return plan(Reply(tuple(rest)), tappable)
    return pieces[0], (*pieces[1:], *rest)


def render(part: Text | Picture | Article, incoming: Incoming, now: datetime) -> str:
    """Return the passive reply to `incoming` as XML, sender and receiver swapped."""
    ends = {"source": _cdata(incoming.to), "target": incoming.person, "time": int(now.timestamp())}
    match part:
        case Text(content):
            reply = TextReply(content=_cdata(content), **ends)
        case Picture(media_id):
            reply = ImageReply(image=_cdata(media_id), **ends)
        case Article():
            reply = ArticlesReply(articles=[_article(part)], **ends)
    return str(reply.render())


def _article(article: Article) -> dict[str, str]:
    return {
        "title": _cdata(article.title),
        "description": _cdata(article.description),
        "image": _cdata(article.picture),
        "url": _cdata(article.url),
    }


def _cdata(text: str) -> str:
    """Return `text` so that it cannot end its CDATA section (a second MsgType would follow)."""
    return clean(text).replace("]]>", "]]]]><![CDATA[>")
