"""The simulator's own crypto against the published figures."""

import json
from pathlib import Path

import pytest

from scripts.simulator.crypto import BadCipher, Cipher, signature

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "wechat_vectors.json").read_text(encoding="utf-8"))
SEALED = [one for one in VECTORS if "encrypt" in one]


def test_plain_signature_of_the_push_guide():
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_plain_signature_does_not_know_which_part_is_which():
    assert signature("AAAAA", "171403705", "9486452656") == signature("AAAAA", "1714037059", "486452656")


def test_reply_of_the_encryption_guide_byte_for_byte():
    cipher = Cipher("A" * 43, "wxba5fad812f8e6fb9")
    secret = cipher.encrypt('{"demo_resp":"good luck"}', b"707722b803182950")
    assert secret == "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    assert signature("AAAAA", "1713424427", "415670741", secret) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_wecom_echo_string_of_the_sample_code():
    cipher = Cipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
    secret = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    assert cipher.decrypt(secret) == b"1616140317555161061"
    assert signature("QDG6eK", "1409659589", "263014780", secret) == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"


@pytest.mark.parametrize("vector", SEALED, ids=lambda one: one["name"])
def test_every_published_pair_is_reproduced(vector):
    cipher = Cipher(vector["encoding_aes_key"], vector["receiveid"])
    assert cipher.decrypt(vector["encrypt"]).decode() == vector["plaintext"]
    if "random16" in vector:
        assert cipher.encrypt(vector["plaintext"], vector["random16"].encode()) == vector["encrypt"]
    if "msg_signature" in vector:
        parts = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypt"])
        assert signature(*parts) == vector["msg_signature"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda box: Cipher(box.encoding_aes_key, "wxother").encrypt("你好"), "receiveid"),
        (lambda box: box.encrypt("x", block=16), "not a multiple of 32"),
        (lambda box: Cipher("B" * 43, box.receiveid).encrypt("你好"), "padding|length"),
        (lambda box: "不是 base64", "base64"),
        (lambda box: "", "multiple"),
    ],
)
def test_what_is_not_right_is_not_taken(change, why):
    box = Cipher("A" * 43, "wxba5fad812f8e6fb9")
    with pytest.raises(BadCipher, match=why):
        box.decrypt(change(box))
