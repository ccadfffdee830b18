"""Registered message templates with typed fields ("模板消息", "订阅通知": rules of 2023-05)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .apierrors import ApiError

DEFAULT_FILE = Path(__file__).with_name("templates.yaml")
DROPPED = frozenset({"first", "remark"})
"""Fields that the platform no longer shows; they are ignored, not refused."""

_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_MOMENT = rf"({_DAY}( ?{_CLOCK})?|{_CLOCK})"
FORMS: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r"[\s\S]{1,20}"),
    "number": re.compile(r"(?=.{1,32}$)\d+(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "time": re.compile(rf"{_MOMENT}( ?[~～] ?{_MOMENT})?"),
    "date": re.compile(rf"{_DAY}( ?{_CLOCK})?( ?[~～] ?{_DAY}( ?{_CLOCK})?)?"),
    "amount": re.compile(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(r"[\u4e00-\u9fffA-Za-z0-9]{1,8}"),
    "name": re.compile(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .·\-]{1,20}|[\u4e00-\u9fffA-Za-z .·\-]{1,10}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
}
"""What a value of each type must fully match; lengths are characters."""


@dataclass(frozen=True)
class Field:
    """A field such as `thing5`, with its label and, for enum and const, the approved values."""

    name: str
    label: str
    values: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The type, which is the name without its number."""
        return self.name.rstrip("0123456789")

    def takes(self, value: str) -> bool:
        """Tell whether a value keeps this field's rule."""
        if self.kind in {"enum", "const"}:
            return value in self.values
        form = FORMS.get(self.kind)
        return bool(form and form.fullmatch(value))


@dataclass(frozen=True)
class Template:
    """One approved template; `kind` is template (模板消息) or notice (订阅通知)."""

    id: str
    kind: str
    title: str
    fields: tuple[Field, ...] = field(default=())

    def fill(self, data: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return labelled values for the phone; a missing or wrong value raises ApiError 47003 with its name."""
        if not isinstance(data, Mapping):
            raise ApiError(47003, "argument invalid! data invalid")
        filled = []
        for one in self.fields:
            entry = data.get(one.name)
            value = str(entry.get("value", "")) if isinstance(entry, Mapping) else ""
            if not one.takes(value):
                problem = "invalid" if value else "is empty"
                raise ApiError(47003, f"argument invalid! data.{one.name}.value {problem}")
            filled.append({"name": one.label, "value": value})
        return filled

    def view(self) -> dict[str, Any]:
        """Return the template for the page."""
        return asdict(self)


class Templates:
    """Templates by id."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._by_id = {template.id: template for template in templates}

    def get(self, template_id: object, kind: str) -> Template:
        """Return a template of this kind; an unknown id or one of the other kind is ApiError 40037."""
        found = self._by_id.get(str(template_id))
        if found is None or found.kind != kind:
            raise ApiError(40037)
        return found

    def add(self, template: Template) -> None:
        """Have one more template approved."""
        self._by_id[template.id] = template

    def view(self) -> list[dict[str, Any]]:
        """Return all templates for the page."""
        return [template.view() for template in self._by_id.values()]


def template_from(document: Mapping[str, Any]) -> Template:
    """Read one template from YAML or JSON."""
    fields = [Field(one["name"], one["label"], tuple(one.get("values", ()))) for one in document["fields"]]
    return Template(document["id"], document["kind"], document["title"], tuple(fields))


def load_templates(path: Path = DEFAULT_FILE, renamed: Mapping[str, str] | None = None) -> Templates:
    """Read the approved templates from a file; `renamed` gives some of them other ids."""
    names = renamed or {}
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Templates(template_from({**one, "id": names.get(one["id"], one["id"])}) for one in document["templates"])
