"""Read one knowledge file: YAML, its JSON schema, and the line of every key for a useful complaint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bot.knowledge.knowledge_error import KnowledgeError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TYPES = {
    "string": "一段文字",
    "array": "一个列表（每行以“- ”开头）",
    "object": "“键: 值”的形式",
    "number": "一个数字",
    "null": "空",
}


class Document:
    """One parsed file; `where(path)` finds the line (from 1) on which a value stands."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.text = _text(file)
        self.value = self._parse()

    def _parse(self) -> Any:
        try:
            return yaml.load(self.text, Loader=_LOADER)  # noqa: S506  (one of the two safe loaders)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            reason = f"第{column}列附近的写法不对（{_yaml_hint(error)}），请改正后再保存"
            raise KnowledgeError(self.file, line, reason) from error
        except (yaml.YAMLError, ValueError) as error:
            reason = "文件里有不能识别的字符或日期，请另存为 UTF-8 文本，日期写成 2026-01-31"
            raise KnowledgeError(self.file, 1, reason) from error

    def where(self, path: Sequence[str | int]) -> int:
        """Return the line of the value at `path`, or of its nearest parent; parses once more, for complaints."""
        node = self._node
        line = 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return int(line)

    @cached_property
    def _node(self) -> Any:
        return yaml.compose(self.text, Loader=_LOADER)

    def refuse(self, path: Sequence[str | int], reason: str) -> KnowledgeError:
        """Build the error for the value at `path`."""
        return KnowledgeError(self.file, self.where(path), reason)

    def check(self, schema: Path) -> None:
        """Raise `KnowledgeError` for the first place where the file is not what its schema describes."""
        for error in self.complaints(schema):
            raise error

    def complaints(self, schema: Path) -> Iterator[KnowledgeError]:
        """Give every place where the file departs from its schema."""
        for error in sorted(_validator(schema).iter_errors(_plain(self.value)), key=lambda e: [str(p) for p in e.path]):
            yield self.refuse(list(error.path), _say(error))


@lru_cache(maxsize=32)
def _validator(schema: Path) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KnowledgeError(file, 1, "文件不是 UTF-8 编码，请用 UTF-8 另存") from error
    except OSError as error:
        raise KnowledgeError(file, 1, "文件不存在或不能读取，请检查文件名和权限") from error


def _plain(value: Any) -> Any:
    """Write dates as text, as JSON schema knows no dates."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None


def _yaml_hint(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "tab" in problem or "\\t" in problem:
        return "请用空格缩进，不要用 Tab"
    if "mapping values" in problem:
        return "冒号后要有空格；文字里有英文冒号时请给整段加引号"
    if "expected <block end>" in problem:
        return "缩进没有对齐"
    return "引号、括号或缩进没有配对"


def _say(error: ValidationError) -> str:
    """Put a schema error into a Chinese sentence: which key, what is wrong, what to write."""
    key = next((str(step) for step in reversed(error.path) if isinstance(step, str)), "这一条")
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    hint = f"（{schema['description']}）" if schema.get("description") else ""
    want: Any = error.validator_value
    value: Any = error.instance
    match str(error.validator):
        case "required":
            missing = "、".join(name for name in want if name not in value)
            return f"“{key}”缺少“{missing}”，请补上{hint}"
        case "additionalProperties":
            allowed = schema.get("properties", {})
            extra = "、".join(name for name in value if name not in allowed)
            return f"不认识的键“{extra}”，可以写的有：{'、'.join(allowed)}"
        case "type":
            kinds = want if isinstance(want, list) else [want]
            return f"“{key}”应写成{'或'.join(_TYPES.get(str(kind), str(kind)) for kind in kinds)}{hint}"
        case "minItems" | "minProperties":
            return f"“{key}”太少，至少要有 {want} 项{hint}"
        case "minLength":
            return f"“{key}”不能为空{hint}"
        case "pattern":
            return f"“{key}”的写法不对：{value}{hint}"
        case "enum":
            return f"“{key}”只能是：{'、'.join(map(str, want))}"
    return f"“{key}”的内容不对{hint}，请参照说明修改"
