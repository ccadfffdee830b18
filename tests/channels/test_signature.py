"""The signature check: strict forms, each parameter once, the window, constant time."""

from __future__ import annotations

import hmac
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from bot.channels import signature
from bot.channels.errors import Refused
from bot.channels.signature import single, verify
from bot.clock import ManualClock
from tests.channels.platform import TOKEN, Platform


def test_upper_case_is_the_same_signature(platform: Platform) -> None:
    params = dict(platform.plain_args())
    lower = params["signature"]
    assert verify(TOKEN, {**params, "signature": lower.upper()}, "signature", platform.clock.now(), 300) == lower


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"timestamp": ""}, 400, "timestamp"),
        ({"timestamp": "171403705"}, 400, "timestamp"),
        ({"timestamp": "17140370590"}, 400, "timestamp"),
        ({"timestamp": "1714037059\n"}, 400, "timestamp"),
        ({"timestamp": "１７１４０３７０５９"}, 400, "timestamp"),
        ({"timestamp": "-714037059"}, 400, "timestamp"),
        ({"nonce": ""}, 400, "nonce"),
        ({"nonce": "a" * 33}, 400, "nonce"),
        ({"nonce": "a-b"}, 400, "nonce"),
        ({"nonce": "é"}, 400, "nonce"),
        ({"signature": ""}, 400, "signature_form"),
        ({"signature": "g" * 40}, 400, "signature_form"),
        ({"signature": "a" * 39}, 400, "signature_form"),
        ({"signature": "a" * 40}, 403, "signature"),
        ({"nonce": "other"}, 403, "signature"),
    ],
)
def test_bad_parameters(platform: Platform, change: dict[str, str], status: int, reason: str) -> None:
    params = {**dict(platform.plain_args()), **change}
    with pytest.raises(Refused) as refused:
        verify(TOKEN, params, "signature", platform.clock.now(), 300)
    assert (refused.value.status, refused.value.reason) == (status, reason)


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
def test_a_missing_parameter(platform: Platform, missing: str) -> None:
    params = dict(platform.plain_args())
    del params[missing]
    with pytest.raises(Refused):
        verify(TOKEN, params, "signature", platform.clock.now(), 300)


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_the_window(platform: Platform, clock: ManualClock, seconds: int, accepted: bool) -> None:
    params = dict(platform.plain_args())
    clock.advance(timedelta(seconds=seconds))
    if accepted:
        assert verify(TOKEN, params, "signature", clock.now(), 300) == params["signature"]
    else:
        with pytest.raises(Refused, match="stale"):
            verify(TOKEN, params, "signature", clock.now(), 300)


@pytest.mark.parametrize("form", [lambda pairs: pairs, MultiDict], ids=["pairs", "multidict"])
def test_a_repeated_parameter_is_refused(platform: Platform, form: type) -> None:
    pairs = platform.plain_args()
    assert single(form(pairs)) == dict(pairs)
    with pytest.raises(Refused) as refused:
        single(form([*pairs, ("signature", "0" * 40)]))
    assert (refused.value.status, refused.value.reason) == (400, "param_repeated")


def test_the_comparison_takes_constant_time(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, genuine = [], hmac.compare_digest

    def compare(first: str, second: str) -> bool:
        compared.append((first, second))
        return genuine(first, second)

    monkeypatch.setattr(signature.hmac, "compare_digest", compare)
    args = dict(platform.plain_args())
    verify(TOKEN, args, "signature", platform.clock.now(), 300)
    assert compared == [(args["signature"], args["signature"])]


@given(st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce"]), st.text()))
def test_nothing_but_refused_is_ever_raised(params: dict[str, str]) -> None:
    with pytest.raises(Refused):
        verify(TOKEN, params, "signature", ManualClock(signature.datetime.fromtimestamp(0)).now(), 300)
