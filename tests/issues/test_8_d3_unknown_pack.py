"""Issue 8, D3: an account whose pack was not loaded spoke another trade's words, and nobody was told."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.handlers.conftest import clock, pack, people, phone, pipeline

__all__ = ["clock", "pack", "people", "phone", "pipeline"]


def test_a_pack_that_is_not_loaded_is_told_of_once(db, make, phone):
    account = make.account()
    account.pack = "florist"
    make.commit()
    with capture_logs() as logs:
        for _ in range(3):
            assert phone.says("你好")
    told = [line for line in logs if line["event"] == "pack_unknown"]
    assert [(line["pack"], line["log_level"]) for line in told] == [("florist", "error")]
    assert told[0]["remedy"]
