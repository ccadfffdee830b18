"""Why a message was understood as it was, as the page shows it."""

import requests


def told(sim, seq):
    return requests.get(f"{sim.base_url}/sim/api/people/wang/messages/{seq}/explanation", timeout=60)


def test_a_message_is_explained_with_what_was_said_before(sim, api):
    api.control("/people/wang/say", type="text", content="五十九的套餐多少钱")
    seq = api.control("/people/wang/say", type="text", content="那79的呢").json()["seq"]
    why = told(sim, seq).json()
    assert why["normalised"] == "那79的"
    assert why["band"] == "answer"
    assert why["kind"] == "question"
    assert why["context"]["last"] == "product:tel-plan-59:价格"
    assert "product:tel-plan-79:价格" in why["outcome"][0]
    assert why["candidates"][0]["features"]
    assert why["intents"]
    assert set(why["sure"]) == {"answer", "choices"}


def test_what_is_not_typed_is_not_explained(sim, api):
    seq = api.control("/people/wang/say", type="voice", seconds=4).json()["seq"]
    answer = told(sim, seq)
    assert answer.status_code == 409
    assert "只有客户打的字" in answer.json()["error"]
