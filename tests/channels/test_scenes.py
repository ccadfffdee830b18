"""Signed scenes of managers' QR codes."""

from __future__ import annotations

import pytest

from bot.channels.scenes import manager_from_scene, scene_for

SECRET = "a-secret-of-at-least-thirty-two-chars"


@pytest.mark.parametrize("manager", [1, 42, "M0012", "x" * 44])
def test_round_trip(manager: int | str) -> None:
    scene = scene_for(manager, SECRET)
    assert len(scene) <= 64
    assert manager_from_scene(scene, SECRET) == str(manager)
    assert manager_from_scene(f"qrscene_{scene}", SECRET) == str(manager)


@pytest.mark.parametrize(
    "scene",
    [
        "",
        "am_1",
        "am_1_",
        "am_1_0000000000000000",
        scene_for(2, SECRET).replace("am_2", "am_1"),
        scene_for(1, SECRET).upper(),
        scene_for(1, SECRET) + "0",
        scene_for(1, SECRET) + "\n",
        scene_for(1, "another secret"),
        "campaign_7",
    ],
)
def test_scenes_we_did_not_sign(scene: str) -> None:
    assert manager_from_scene(scene, SECRET) is None


@pytest.mark.parametrize(
    ("manager", "secret"), [("", SECRET), ("a_b", SECRET), ("x" * 45, SECRET), (-1, SECRET), (1, "")]
)
def test_what_cannot_be_signed(manager: int | str, secret: str) -> None:
    with pytest.raises(ValueError, match=r"id|secret"):
        scene_for(manager, secret)
