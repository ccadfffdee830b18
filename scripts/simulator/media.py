"""Temporary media: kept three days ("新增临时素材"); and the pictures that virtual people send."""

from __future__ import annotations

import hashlib
import secrets
import struct
import zlib

from .apierrors import ApiError
from .clock import PlatformClock
from .store import Store

LIVES_S = 3 * 24 * 3600
LIMITS = {"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
"""Largest size in bytes by type."""
AMR = b"#!AMR\n" + b"\x7c" * 32
"""A voice file without a voice in it."""


class Media:
    """Files by media id."""

    def __init__(self, store: Store, clock: PlatformClock) -> None:
        self._store = store
        self._clock = clock

    def add(self, kind: str, content: bytes, mime: str) -> str:
        """Keep a file and return its media id; wrong type is ApiError 40004, wrong size 45001."""
        if kind not in LIMITS:
            raise ApiError(40004)
        if not content:
            raise ApiError(41005)
        if len(content) > LIMITS[kind]:
            raise ApiError(45001)
        media_id = secrets.token_urlsafe(48)
        until = self._clock.now() + LIVES_S
        self._store.write("INSERT INTO media VALUES (?, ?, ?, ?, ?)", media_id, kind, mime, until, content)
        return media_id

    def get(self, media_id: str) -> tuple[bytes, str]:
        """Return content and MIME type; unknown and expired ids are ApiError 40007."""
        row = self._store.row("SELECT * FROM media WHERE media_id = ?", media_id)
        if row is None or row["until"] <= self._clock.now():
            raise ApiError(40007)
        return row["content"], row["mime"]

    def sample(self, kind: str) -> str:
        """Keep what a person's phone sends (a generated picture, a silent voice) and return its media id."""
        if kind == "image":
            return self.add("image", picture(secrets.token_hex(4)), "image/png")
        if kind == "thumb":
            return self.add("thumb", picture(secrets.token_hex(4)), "image/png")
        return self.add(kind, AMR, "audio/amr" if kind == "voice" else "video/mp4")


def picture(seed: str, cells: int = 12, cell: int = 16) -> bytes:
    """Draw a PNG of coloured squares decided by the seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    colours = [bytes([0xE8, 0xEE, 0xF4]), digest[:3], digest[3:6]]
    rows = []
    for y in range(cells):
        line = b"".join(colours[digest[(y * cells + x) % 32] % 3] * cell for x in range(cells))
        rows.extend([b"\0" + line] * cell)
    side = cells * cell
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
