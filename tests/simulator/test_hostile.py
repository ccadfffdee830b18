"""The attacks: a careless product falls for them, a careful one does not."""

import re

import pytest
from flask import Response, request

from scripts.simulator.crypto import signature
from scripts.simulator.hostile import ATTACKS

MUST_BE_REFUSED = sorted(ATTACKS.keys() - {"replay", "echostr_plus", "cdata_break"})


@pytest.fixture
def careless(product):
    """A product that answers everything with `success`, whoever asks."""

    def receive(kind, account):
        product.seen.append(request.args.to_dict(flat=False))
        return Response(request.args.get("echostr", "success"))

    product.seen = []
    product.app.view_functions["receive"] = receive
    product.app.view_functions["handshake"] = receive
    return product


@pytest.mark.parametrize("account", ["official", "work"])
@pytest.mark.parametrize("name", MUST_BE_REFUSED)
def test_a_careless_product_is_found_out(world, careless, name, account):
    result = world.simulator.attack(name, account)
    assert (result["verdict"], result["ok"]) == ("accepted", False)
    assert result["expected"] == "refused"


@pytest.mark.parametrize("name", MUST_BE_REFUSED)
def test_a_product_that_refuses_stands(world, careless, name):
    careless.app.view_functions["receive"] = lambda kind, account: Response("", 403)
    careless.app.view_functions["handshake"] = lambda kind, account: Response("", 403)
    result = world.simulator.attack(name)
    assert (result["verdict"], result["ok"]) == ("refused", True)


def test_a_product_that_breaks_does_not_stand(world, careless):
    careless.app.view_functions["receive"] = lambda kind, account: Response("", 500)
    assert world.simulator.attack("xxe")["verdict"] == "broken"


@pytest.mark.parametrize("name", ["n1", "n2"])
@pytest.mark.parametrize("mode", ["safe", "plain"])
def test_the_delimiter_tricks_keep_a_valid_signature(world, careless, settings, name, mode):
    world.simulator.set(mode=mode)
    world.simulator.attack(name)
    query = {key: values[0] for key, values in careless.seen[-1].items()}
    assert not re.fullmatch(r"\d{10}", query["timestamp"]) or abs(int(query["timestamp"]) - 1_764_000_000) > 300
    if mode == "plain":
        assert signature(settings.token, query["timestamp"], query["nonce"]) == query["signature"]


def test_a_replay_must_not_be_answered_differently(world, product):
    assert world.simulator.attack("replay")["ok"]
    answers = iter(["一", "二"])
    product.answer = lambda pushed: next(answers)
    assert not world.simulator.attack("replay")["ok"]


def test_a_plus_in_the_echo_string(world, product, careless):
    assert world.simulator.attack("echostr_plus")["expected"] == "accepted"
    assert "+" in careless.seen[-1]["echostr"][0]


def test_content_that_breaks_out_of_cdata_must_still_get_a_sound_reply(world, product):
    result = world.simulator.attack("cdata_break")
    assert (result["verdict"], result["ok"]) == ("broken", False)
    product.answer = lambda pushed: "好的"
    assert world.simulator.attack("cdata_break")["ok"]


def test_handshakes(world, product, settings):
    assert world.simulator.handshake("official")["ok"]
    assert world.simulator.handshake("work")["ok"]
    product.app.view_functions["handshake"] = lambda kind, account: Response("hello")
    assert world.simulator.handshake("work") == {"ok": False, "detail": "the answer is not the echostr"}
    product.app.view_functions["handshake"] = lambda kind, account: Response("", 403)
    assert world.simulator.handshake("official")["detail"] == "status 403"


def test_over_the_control_api(api, product):
    answer = api.control("/hostile", attack="bad_signature", account="official").json()
    assert {"attack", "status", "body", "verdict", "expected", "ok"} <= answer.keys()
    assert api.control("/hostile", attack="magic", account="official").status_code == 400
    assert api.control("/handshake", account="bank").status_code == 400
    assert api.control("/handshake", account="work").json()["ok"]
