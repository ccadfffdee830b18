"""Tokens that are given out, superseded and die, and what guards every call."""

import re

import pytest
import requests

from scripts.simulator.tokens import FORCED_A_DAY


@pytest.fixture
def stable(sim, settings):
    def ask(**more):
        body = {"grant_type": "client_credential", "appid": settings.app_id, "secret": settings.app_secret, **more}
        return requests.post(f"{sim.base_url}/cgi-bin/stable_token", json=body, timeout=5).json()

    return ask


@pytest.fixture
def plain(sim, settings):
    query = {"grant_type": "client_credential", "appid": settings.app_id, "secret": settings.app_secret}
    return lambda: requests.get(f"{sim.base_url}/cgi-bin/token", params=query, timeout=5).json()


def works(api, token):
    return api.get("/cgi-bin/getcallbackip", access_token=token).get("errcode", 0)


def test_the_stable_token_stays_until_five_minutes_before_its_end(stable, clock, api):
    first = stable()
    clock.advance(hours=1)
    assert stable()["access_token"] == first["access_token"]
    assert stable()["expires_in"] == 3600
    clock.advance(minutes=56)
    second = stable()
    assert second["access_token"] != first["access_token"]
    assert works(api, first["access_token"]) == 0
    clock.advance(minutes=5)
    assert works(api, first["access_token"]) == 42001


def test_forcing_kills_the_old_one_and_is_rationed(stable, clock, api):
    first = stable()["access_token"]
    second = stable(force_refresh=True)["access_token"]
    assert works(api, first) == 40001
    assert works(api, second) == 0
    assert stable(force_refresh=True)["errcode"] == 45011
    for _ in range(FORCED_A_DAY - 1):
        clock.advance(seconds=31)
        assert "access_token" in stable(force_refresh=True)
    clock.advance(seconds=31)
    assert stable(force_refresh=True)["errcode"] == 45009


def test_a_plain_token_outlives_its_successor_by_five_minutes(plain, clock, api):
    old, new = plain()["access_token"], plain()["access_token"]
    assert (works(api, old), works(api, new)) == (0, 0)
    clock.advance(minutes=6)
    assert (works(api, old), works(api, new)) == (40001, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wxother"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "x"}, 40002),
        ({"secret": ""}, 41004),
    ],
)
def test_wrong_credentials_are_named(stable, change, code):
    answer = stable(**change)
    assert answer["errcode"] == code
    assert re.search(r"rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", answer["errmsg"])


def test_only_listed_addresses_get_a_token(stable, world):
    world.simulator.set(ip_allow=["10.0.0.1"])
    assert stable()["errcode"] == 40164


@pytest.mark.parametrize(("token", "code"), [("", 41001), ("x" * 80, 40001), ("short", 40014)])
def test_a_call_without_a_good_token(api, token, code):
    assert works(api, token) == code


def test_tokens_of_the_two_platforms_are_strangers(api):
    assert works(api, api.wecom_token) == 40001
    assert api.get("/wecom-api/cgi-bin/getcallbackip", access_token=api.official_token)["errcode"] == 40014


def test_killing_all_tokens(api):
    api.control("/tokens/kill")
    assert api.text("x") == 40001


def test_wecom_gives_the_same_token_again(sim, settings):
    query = {"corpid": settings.corp_id, "corpsecret": settings.wecom_secret}
    url = f"{sim.base_url}/wecom-api/cgi-bin/gettoken"
    answers = [requests.get(url, params=query, timeout=5).json() for _ in range(2)]
    assert answers[0]["access_token"] == answers[1]["access_token"]
    assert requests.get(url, params=query | {"corpsecret": "no"}, timeout=5).json()["errcode"] == 40001


def test_daily_quota_and_clearing_it(api, world, settings):
    world.simulator.set(daily_limit=2)
    world.customer("王总").says("你好")
    assert [api.text("x") for _ in range(3)] == [0, 0, 45009]
    assert api.post("/cgi-bin/clear_quota", appid=settings.app_id)["errcode"] == 0
    assert api.text("x") == 0
    world.simulator.set(daily_limit=1)
    world.clock.advance(days=1)
    assert api.text("x") == 42001
