"""The scene of an account manager's QR code: `am_<id>_<hmac>`.

Whoever has the code can read its scene, so it is signed: nobody can make a code that ties a customer to a manager.
Official page "生成带参数的二维码": a scene has 1–64 characters.
"""

from __future__ import annotations

import hmac
import re

_SCENE = re.compile(r"am_([0-9A-Za-z]{1,44})_([0-9a-f]{16})")
_FOLLOWED = "qrscene_"


def scene_for(manager_id: int | str, secret: str) -> str:
    """Return the signed scene of a manager.

    Raises:
        ValueError: the id is not of 1–44 letters and digits, or the secret is empty.
    """
    scene = f"am_{manager_id}_{_signature(str(manager_id), secret)}"
    if not _SCENE.fullmatch(scene):
        raise ValueError("a manager's id has 1–44 letters and digits")
    return scene


def manager_from_scene(scene: str, secret: str) -> str | None:
    """Return the manager's id from a scene we signed (with or without `qrscene_`), None from any other."""
    match = _SCENE.fullmatch(scene.removeprefix(_FOLLOWED))
    if not match or not hmac.compare_digest(match.group(2), _signature(match.group(1), secret)):
        return None
    return match.group(1)


def _signature(manager_id: str, secret: str) -> str:
    if not secret:
        raise ValueError("scenes cannot be signed without a secret")
    return hmac.digest(secret.encode(), f"am_{manager_id}".encode(), "sha256").hex()[:16]
