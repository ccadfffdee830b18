"""Write the platform's XML and read the product's."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape


class BadXml(ValueError):
    """A document that the platform would not take; the message says why."""


def cdata(text: str) -> str:
    """Wrap a text; the end mark inside it is split over two sections."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def to_xml(fields: Mapping[str, object], root: str = "xml") -> str:
    """Render fields in their order: numbers bare, texts as CDATA, mappings nested, lists as repeated tags."""
    return f"<{root}>" + "".join(_element(name, value) for name, value in fields.items()) + f"</{root}>"


def _element(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return to_xml(value, name)
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{cdata(str(value))}</{name}>"


def parse(body: str | bytes) -> ElementTree.Element:
    """Return the root `<xml>`; a doctype, a repeated tag or anything not well-formed raises BadXml."""
    raw = body.encode() if isinstance(body, str) else body
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise BadXml("document type declarations are not taken")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - doctypes are refused above
    except (ElementTree.ParseError, ValueError) as error:
        raise BadXml(f"not well-formed: {error}") from error
    if root.tag != "xml":
        raise BadXml(f"root is <{escape(root.tag)}>, not <xml>")
    tags = [child.tag for child in root]
    if len(tags) != len(set(tags)):
        raise BadXml("a tag stands twice")
    return root


def text_of(root: ElementTree.Element, path: str) -> str:
    """Return the text at a path below the root, empty when it is not there."""
    return root.findtext(path) or ""
