"""Masked output holds no secret, whatever the pieces it comes in, and is otherwise as it was."""

import json
import shlex
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.vault import hidden
from headwater.vault.masking import Mask, StreamMask, is_short

_LETTERS = st.text("ab*\n'\\", min_size=0, max_size=12)
_SECRETS = st.lists(_LETTERS, max_size=3)


@st.composite
def _outputs(draw: st.DrawFn) -> tuple[list[str], bytes, list[int]]:
    """Secrets, what is printed with them in it, and where it is cut."""
    secrets = draw(_SECRETS)
    parts = draw(st.lists(st.one_of(_LETTERS, st.sampled_from(secrets or [""])), max_size=8))
    text = "".join(parts).encode()
    return secrets, text, sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))


def _streamed(mask: Mask, text: bytes, cuts: list[int]) -> bytes:
    stream = StreamMask(mask)
    edges = [0, *cuts, len(text)]
    pieces = [stream.feed(text[start:end]) for start, end in pairwise(edges)]
    return b"".join([*pieces, stream.flush()])


@given(_outputs())
def test_the_pieces_of_an_output_make_no_difference(drawn: tuple[list[str], bytes, list[int]]) -> None:
    secrets, text, cuts = drawn
    mask = Mask(secrets)
    assert _streamed(mask, text, cuts) == mask.data(text)


@given(_outputs())
def test_masked_output_holds_no_secret(drawn: tuple[list[str], bytes, list[int]]) -> None:
    secrets, text, cuts = drawn
    masked = _streamed(Mask(secrets), text, cuts)
    assert [secret for secret in secrets if not is_short(secret) and secret.strip().encode() in masked] == []


@given(_outputs())
def test_only_the_secrets_are_replaced(drawn: tuple[list[str], bytes, list[int]]) -> None:
    secrets, text, cuts = drawn
    mask = Mask(secrets)
    expected, place = b"", 0
    while place < len(text):
        form = next((form for form in mask.forms if text.startswith(form, place)), None)
        expected += text[place : place + 1] if form is None else mask.sign
        place += len(form or b"x")
    assert _streamed(mask, text, cuts) == expected


@pytest.mark.parametrize(
    "shown",
    [
        "k3y-\"with'<&>\\ends",
        repr("k3y-\"with'<&>\\ends"),
        json.dumps({"key": "k3y-\"with'<&>\\ends"}),
        "<b>k3y-&quot;with&#x27;&lt;&amp;&gt;\\ends</b>",
    ],
)
def test_a_value_is_found_as_python_json_and_html_write_it(shown: str) -> None:
    masked = Mask(["k3y-\"with'<&>\\ends"]).text(f"before {shown} after")
    assert "k3y" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize(
    "shown",
    [
        ascii("pass'wörd/+ &end"),
        repr("pass'wörd/+ &end and \""),
        quote("pass'wörd/+ &end"),
        quote("pass'wörd/+ &end", safe=""),
        quote_plus("pass'wörd/+ &end").lower(),
        shlex.quote("pass'wörd/+ &end"),
        "'pass'\\''wörd/+ &end'",  # as `sh -x` traces it
    ],
)
def test_a_value_is_found_as_urls_shells_and_longer_texts_hold_it(shown: str) -> None:
    masked = Mask(["pass'wörd/+ &end"]).text(f"before {shown} after")
    assert "pass" not in masked
    assert "end" not in masked.replace("after", "")


@pytest.mark.parametrize(
    "cut",
    [
        "'auth': 'ghpZq8w7e6r5'...",
        "https://ghpZq8w7e6…",
        "x ghpZq8w7",
        "b'ghpZq8w7e6'",
        "ghpZq8w7e6r5t4y3",
        "ghpZq8w7… ghpZq8w7…",
    ],
)
def test_what_a_cut_left_of_a_value_is_masked(cut: str) -> None:
    masked = Mask(["ghpZq8w7e6r5t4y3"]).cut_text(cut)
    assert "ghp" not in masked
    assert "***" in masked


@pytest.mark.parametrize("text", ["ghp", "ghpZq8w7e6 and more", "prod", ""])
def test_what_only_begins_like_a_value_stays(text: str) -> None:
    assert Mask(["ghpZq8w7e6r5t4y3", "production-key-3"]).cut_text(text) == text


def test_a_value_of_several_lines_is_found_whole_and_line_by_line() -> None:
    mask = Mask(["-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\n-----END KEY-----\n"])
    assert mask.text("x\n-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\n-----END KEY-----\ny") == "x\n***\ny"
    assert mask.text("> MIIEvQIBADANBg <") == "> *** <"
    assert mask.text("}") == "}"


def test_of_two_values_that_begin_alike_the_longer_is_found() -> None:
    stream = StreamMask(Mask(["token", "token-of-ada"]))
    assert stream.feed(b"a token") == b"a "
    assert stream.feed(b"-of-ada and token ") == b"*** and *** "
    assert stream.feed(b"tok") == b""
    assert stream.flush() == b"tok"


def test_short_values_are_left_where_they_are() -> None:
    assert Mask(["abc", "", "  x \n"]).text("abc  x ") == "abc  x "


def test_the_mask_is_of_a_sign_that_no_value_holds() -> None:
    mask = Mask(["abcd", "***x"])
    assert mask.text("abcdx ***x") == "###x ###"


def test_known_code_and_pictures_stay_as_they_are_in_a_page() -> None:
    with hidden.scope():
        assert hidden.hide_in(b"true") == b"true"
        hidden.hide(["true", "abcd"])
        page = b"<style>x:true</style>true<img src='data:image/png;base64,abcdabcd=='> abcd"
        expected = b"<style>x:true</style>***<img src='data:image/png;base64,abcdabcd=='> ***"
        assert hidden.hide_in(page, [b"<style>x:true</style>"]) == expected
    assert hidden.current_mask() is None
