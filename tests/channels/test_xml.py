"""The XML reader: the platform's documents pass, everything else is refused."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.errors import Refused
from bot.channels.split import clean
from bot.channels.xml import parse, text_of, tree_of


def refused(body: bytes | str) -> str:
    with pytest.raises(Refused) as error:
        parse(body.encode() if isinstance(body, str) else body)
    assert error.value.status == 400
    return error.value.reason


def test_fields_nested_fields_and_lists() -> None:
    body = (
        "<xml><A><![CDATA[ 一 ]]></A><B/><C>\n <D>1</D>\n <D>2</D>\n</C>"
        "<L><List><T>x</T></List></L><P><item>1</item><item>2</item></P></xml>"
    )
    assert parse(body.encode()) == {
        "A": " 一 ",
        "B": "",
        "C": {"D": ["1", "2"]},
        "L": {"List": [{"T": "x"}]},
        "P": {"item": ["1", "2"]},
    }


def test_an_xml_declaration_and_a_byte_order_mark_are_fine() -> None:
    assert parse(b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?><xml><A>1</A></xml>') == {"A": "1"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "xml"),
        ('{"ToUserName":"gh"}', "xml"),
        ("<xml><A>1</A>", "xml"),
        ("<xml></xml><xml></xml>", "xml"),
        ("<root><A>1</A></root>", "xml_root"),
        ("<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>", "xml_repeated"),
        ("<xml><List>1</List><List>2</List></xml>", "xml_repeated"),
        ("<!DOCTYPE xml><xml/>", "xml_doctype"),
        ('<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>', "xml_doctype"),
        ('<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><xml>&b;</xml>', "xml_doctype"),
        ("<xml>&undefined;</xml>", "xml"),
        ("<xml><A>&#0;</A></xml>", "xml"),
        ("<xml><A>&#xD800;</A></xml>", "xml"),
        (b"<xml><A>\xff\xfe</A></xml>", "xml"),
        (b"<xml><A>\xed\xa0\x80</A></xml>", "xml"),
        (b"<xml><A>\xc0\xaf</A></xml>", "xml"),
        (b"<xml><A>a\x00b</A></xml>", "xml"),
        ("<xml><A>1</A></xml>".encode("utf-16"), "xml"),
        (b'<?xml version="1.0" encoding="GBK"?><xml><A>\xd6\xd0</A></xml>', "xml"),
        ("<xml>" + "<a>" * 9 + "</a>" * 9 + "</xml>", "xml_depth"),
        ("<xml>" + "<a>" * 10_000, "xml_depth"),
    ],
)
def test_refused(body: bytes | str, reason: str) -> None:
    assert refused(body) == reason


@given(st.binary(max_size=400))
def test_hostile_bytes_raise_refused_alone(noise: bytes) -> None:
    for body in (noise, b"<xml>" + noise + b"</xml>", b"<xml><A>" + noise + b"</A></xml>"):
        try:
            assert isinstance(parse(body), dict)
        except Refused as error:
            assert error.status == 400  # noqa: PT017 - a body that is accepted is as good


@given(st.text())
def test_any_cleaned_text_survives_both_ways_of_quoting(text: str) -> None:
    text = clean(text)
    cdata = text.replace("]]>", "]]]]><![CDATA[>")
    assert parse(f"<xml><A>{escape(text)}</A><B><![CDATA[{cdata}]]></B></xml>".encode()) == {"A": text, "B": text}


def test_shapes_are_checked_where_they_are_used() -> None:
    tree = parse(b"<xml><A><B>1</B></A><C>1</C><D> \n</D></xml>")
    assert (text_of(tree, "C"), text_of(tree, "absent")) == ("1", "")
    assert (tree_of(tree, "A"), tree_of(tree, "D"), tree_of(tree, "absent")) == ({"B": "1"}, {}, {})
    for broken in (lambda: text_of(tree, "A"), lambda: tree_of(tree, "C")):
        with pytest.raises(Refused, match="xml_shape"):
            broken()
