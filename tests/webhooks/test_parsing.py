import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugin.webhooks.parsing import MAX_DEPTH, UnintelligibleError, parse


def nested(depth: int) -> bytes:
    """An object whose value nests so that `depth` brackets are open at once."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def reason_of(body: bytes) -> str:
    with pytest.raises(UnintelligibleError) as refusal:
        parse(body)
    return refusal.value.reason


def test_an_object_is_read_with_its_nulls_numbers_and_unicode() -> None:
    body = '{"id": 820982911946154508, "email": null, "name": "Zoë \\ud83c\\udf75", "rate": 0.06}'.encode()
    assert parse(body) == {"id": 820982911946154508, "email": None, "name": "Zoë 🍵", "rate": 0.06}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'{"a":1}x', "not_json"),
        (b'{"a":1,}', "not_json"),
        (b"{'a':1}", "not_json"),
        (b'{"a":"line\nbreak"}', "not_json"),
        (b'{"a":01}', "not_json"),
        (b"\xef\xbb\xbf{}", "byte_order_mark"),
        ('{"a":1}'.encode("utf-16"), "not_utf8"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
        (b'{"a":"\xc0\xaf"}', "not_utf8"),
        (b"[]", "not_an_object"),
        (b'"{}"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":[{"b":{"c":1,"\\u0063":2}}]}', "duplicate_key"),
        (b'{"a":NaN}', "not_a_number"),
        (b'{"a":[Infinity]}', "not_a_number"),
        (b'{"a":-Infinity}', "not_a_number"),
        (b'{"a":' + b"1" * 31 + b"}", "number_too_long"),
        (b'{"a":-' + b"1" * 5000 + b"}", "number_too_long"),
        (b'{"a":0.' + b"1" * 5000 + b"}", "number_too_long"),
        (b'{"a":"\\ud800"}', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b'{"a":["\\ud83d\\ud83d\\ude00"]}', "lone_surrogate"),
    ],
)
def test_what_parsers_disagree_on_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert reason_of(body) == reason


def test_a_long_run_of_digits_inside_a_text_is_only_text() -> None:
    assert parse(b'{"a":"' + b"7" * 60 + b'","b":7}') == {"a": "7" * 60, "b": 7}


def test_nesting_is_bounded_exactly() -> None:
    wide = b',"b":[' + b",".join([b"[]"] * 200) + b"]}"
    assert parse(nested(MAX_DEPTH)) is not None
    assert len(parse(nested(MAX_DEPTH)[:-1] + wide)["b"]) == 200
    assert reason_of(nested(MAX_DEPTH + 1)) == "too_deep"


@pytest.mark.parametrize(
    "body",
    [
        nested(100_000),
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' + b'["]",' * 50_000 + b"1" + b"]" * 50_000 + b"}",
        b'{"a":' + b'["\\"]",' * 150 + b"1" + b"]" * 150 + b"}",
        b'{"a":' + b'["\\\\",' * 150 + b"1" + b"]" * 150 + b"}",
    ],
    ids=["closed", "never closed", "objects", "hidden by strings", "behind a quote", "behind a backslash"],
)
def test_a_hundred_thousand_brackets_do_not_crash_whatever_strings_hide_them(body: bytes) -> None:
    assert reason_of(body) == "too_deep"


def test_brackets_in_strings_are_no_depth() -> None:
    agent = "[FBAN/FBIOS " * 300
    assert parse(json.dumps({"user_agent": agent}).encode()) == {"user_agent": agent}


def test_many_escaped_quotes_cost_no_more_than_their_length() -> None:
    assert reason_of(b"[" * 101 + b'"' + b'\\"' * 1_000_000) == "too_deep"


def test_a_reason_holds_nothing_of_the_body() -> None:
    with pytest.raises(UnintelligibleError) as refusal:
        parse(b'{"ada@example.com":1,"ada@example.com":2}')
    assert "ada" not in f"{refusal.value!r}{refusal.value.__cause__!r}"


@given(st.binary(max_size=400))
@example(b'{"a":"\\')
@example(b'"')
def test_any_bytes_are_an_object_or_a_refusal(body: bytes) -> None:
    try:
        parsed: object = parse(body)
    except UnintelligibleError:
        return
    assert isinstance(parsed, dict)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**29), 10**29) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=40,
)


@given(st.dictionaries(st.text(max_size=5), _json, max_size=5), st.booleans())
def test_every_honest_object_survives_the_round_trip(value: dict[str, object], is_ascii: bool) -> None:  # noqa: FBT001
    assert parse(json.dumps(value, ensure_ascii=is_ascii).encode()) == value


@given(st.text(alphabet='[]{}",:\\a1 ', max_size=300))
def test_we_accept_only_what_the_standard_library_accepts(text: str) -> None:
    try:
        ours = parse(text.encode())
    except UnintelligibleError:
        return
    assert ours == json.loads(text)
