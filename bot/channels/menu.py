"""The custom menu: check a pack's `menu.yaml` and turn it into the platform's form.

Official page "自定义菜单/创建接口" for the limits. The file's form:

buttons:
  - name: 办业务
    sub_buttons:
      - {name: 查套餐, key: ask.plan}
      - {name: 营业厅, url: "https://…"}
  - {name: 我要投诉, key: complaint.file}
"""

from __future__ import annotations

from typing import Any

TOP_BUTTONS, CHILD_BUTTONS = 3, 5
TOP_NAME_BYTES, CHILD_NAME_BYTES = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024


def menu_problems(menu: Any) -> list[str]:
    """Return what the platform would refuse, in Chinese, one sentence each; empty when the menu is good."""
    buttons = menu.get("buttons") if isinstance(menu, dict) else None
    if not isinstance(buttons, list) or not buttons:
        return ["菜单文件须有 buttons，且至少一个按钮"]
    problems = [f"一级菜单有 {len(buttons)} 个，最多 {TOP_BUTTONS} 个"] if len(buttons) > TOP_BUTTONS else []
    for number, button in enumerate(buttons, 1):
        problems += _button_problems(f"第 {number} 个一级菜单", button)
    return problems


def menu_payload(menu: dict[str, Any]) -> dict[str, Any]:
    """Return a menu without problems in the form that menu/create takes."""
    return {"button": [_payload(button) for button in menu["buttons"]]}


def _button_problems(place: str, button: Any) -> list[str]:
    if not isinstance(button, dict):
        return [f"{place}须写成 name 加 key、url 或 sub_buttons"]
    problems = _name_problems(place, button, TOP_NAME_BYTES)
    if "sub_buttons" not in button:
        return problems + _target_problems(place, button)
    children = button["sub_buttons"]
    if "key" in button or "url" in button:
        problems.append(f"{place}有 sub_buttons，就不能再有 key 或 url")
    if not isinstance(children, list) or not 1 <= len(children) <= CHILD_BUTTONS:
        return [*problems, f"{place}的 sub_buttons 须有 1–{CHILD_BUTTONS} 个"]
    for number, child in enumerate(children, 1):
        problems += _child_problems(f"{place}的第 {number} 个子菜单", child)
    return problems


def _child_problems(place: str, child: Any) -> list[str]:
    if not isinstance(child, dict):
        return [f"{place}须写成 name 加 key 或 url"]
    return _name_problems(place, child, CHILD_NAME_BYTES) + _target_problems(place, child)


def _name_problems(place: str, button: dict[str, Any], limit: int) -> list[str]:
    name = button.get("name")
    if not isinstance(name, str) or not name.strip():
        return [f"{place}没有 name"]
    size = len(name.encode())
    return [f"{place}“{name}”有 {size} 字节，最多 {limit} 字节（约 {limit // 3} 个汉字）"] if size > limit else []


def _target_problems(place: str, button: dict[str, Any]) -> list[str]:
    key, url = button.get("key"), button.get("url")
    if (key is None) == (url is None):
        return [f"{place}须有 key 或 url 其中之一"]
    if key is not None:
        good = isinstance(key, str) and 0 < len(key.encode()) <= KEY_BYTES
        return [] if good else [f"{place}的 key 须为 1–{KEY_BYTES} 字节的文字"]
    good = isinstance(url, str) and url.startswith(("https://", "http://")) and len(url.encode()) <= URL_BYTES
    return [] if good else [f"{place}的 url 须以 https:// 开头，最多 {URL_BYTES} 字节"]


def _payload(button: dict[str, Any]) -> dict[str, Any]:
    if "sub_buttons" in button:
        return {"name": button["name"], "sub_button": [_payload(child) for child in button["sub_buttons"]]}
    if "url" in button:
        return {"type": "view", "name": button["name"], "url": button["url"]}
    return {"type": "click", "name": button["name"], "key": button["key"]}
