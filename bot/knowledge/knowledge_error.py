"""The error of a knowledge file that cannot be read."""

from __future__ import annotations

from pathlib import Path


class KnowledgeError(Exception):
    """Say in Chinese which file and line is wrong and what to write instead.

    The reader is the business person who edits the file, so `reason` names the key and the remedy, never a Python type.
    """

    def __init__(self, file: Path | str, line: int, reason: str) -> None:
        self.file = str(file)
        self.line = line
        self.reason = reason
        super().__init__(f"{self.file} 第{line}行：{reason}")
