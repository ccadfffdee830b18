"""The same for all: help, an empty message, a picture, a sticker are answered; nothing is ever met by silence."""

from __future__ import annotations

import pytest

from bot.dialogue.router import Router
from bot.messages import Kind
from handlers import build_router

INTENTS = sorted(build_router().intents)
KNOWN = {
    "greet",
    "help",
    "question",
    "complaint.file",
    "complaint.progress",
    "urge",
    "praise",
    "manager.talk",
    "care.opt_out",
    "care.opt_in",
    "thanks",
    "bye",
    "smalltalk",
}
PROBES = {
    "help": lambda phone: phone.says("帮助"),
    "empty": lambda phone: phone.says("  "),
    "picture": lambda phone: phone.sends(Kind.PICTURE),
    "voice": lambda phone: phone.sends(Kind.VOICE),
    "sticker": lambda phone: phone.sends(Kind.STICKER),
    "unknown": lambda phone: phone.sends(Kind.UNKNOWN),
    "long": lambda phone: phone.says("网速" * 5000),
    "number": lambda phone: phone.says("9"),
    "nonsense": lambda phone: phone.says("?!……😀[流泪]/::)"),
}


def test_every_intent_of_the_knowledge_has_a_handler():
    assert set(INTENTS) == KNOWN | {"careful"}  # heard by its own list of words


@pytest.mark.parametrize("who", ["phone", "stranger"])
@pytest.mark.parametrize("intent", INTENTS)
def test_nothing_is_met_by_silence(intent, who, request):
    phone = request.getfixturevalue(who)
    assert phone.event("click", f"intent:{intent}"), "a tap on the menu"
    for name, probe in PROBES.items():
        said = probe(phone)
        assert said, name
        assert "{{" not in said, name
        assert "系统出了点问题" not in said, name


def test_handlers_are_registered_once():
    router = Router()
    router.include(build_router())
    customers = {"praise", "complaint", "complaint.more", "return_visit.reason"}
    assert router.forms.keys() == customers | {"manager.reply", "manager.answer", "manager.amend", "manager.close"}
