"""Amounts of money: integers of the smallest unit, or a refusal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.money import MAX_MINOR, InvalidAmountError, exponent, major_units, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.90", "EUR", 1990),
        ("19.9", "eur", 1990),
        ("0", "USD", 0),
        ("-5.00", "USD", -500),
        ("1990", "JPY", 1990),
        ("1990.00", "JPY", 1990),
        ("250000", "VND", 250000),
        ("1.234", "KWD", 1234),
        ("0.005", "USD", 1),
        ("0.004", "USD", 0),
        ("-0.005", "USD", -1),
        ("0.1", "USD", 10),
        (0.1, "USD", 10),
        (19, "USD", 1900),
        (Decimal("19.90"), "USD", 1990),
        ("1e3", "USD", 100000),
        ("19.90", "XXX", 1990),
    ],
)
def test_an_amount_is_counted_in_the_smallest_unit(
    amount: str | float | Decimal, currency: str, minor: int
) -> None:
    assert minor_units(amount, currency) == minor


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("jpy", 0), ("KWD", 3), ("IRR", 2), ("TND", 3)]
)
def test_a_currency_has_its_decimals(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    "amount",
    [
        "",
        " ",
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        float("nan"),
        float("inf"),
        "1,99",
        "1.990,00",
        "1_000",
        "\u0661\u0662",
        "\uff11",
        "19.90 EUR",
        "€19.90",
        "0x10",
        "1.2.3",
        "--1",
        "1e999999",
        "1e999999999999999999999",
        "9" * 5000,
        str(MAX_MINOR + 1),
        "10000000000000.01",
        "1\x00",
        "None",
        "True",
    ],
)
def test_what_is_no_sane_amount_is_refused_in_a_short_sentence(amount: str | float) -> None:
    with pytest.raises(InvalidAmountError) as refused:
        minor_units(amount, "USD")
    assert len(str(refused.value)) < 200


@given(text=st.text(max_size=30) | st.from_regex(r"-?[0-9.eE+_]{1,12}", fullmatch=True))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    for currency in ("JPY", "USD", "KWD"):
        try:
            minor = minor_units(text, currency)
        except InvalidAmountError:
            continue
        assert abs(minor) <= MAX_MINOR


@given(minor=st.integers(-MAX_MINOR, MAX_MINOR), currency=st.sampled_from(["JPY", "EUR", "KWD", "VND"]))
def test_minor_and_major_units_are_two_ways_to_say_the_same(minor: int, currency: str) -> None:
    assert minor_units(major_units(minor, currency), currency) == minor
    assert minor_units(str(major_units(minor, currency)), currency) == minor
