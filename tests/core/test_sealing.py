import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.sealing import Sealer, UnsealError, WeakKeyError

NEW, OLD, OLDEST = "newest-key-0123456789", "older-key-0123456789", Fernet.generate_key().decode()


@given(st.binary(max_size=2000), st.text(max_size=30))
def test_what_was_sealed_comes_back(value: bytes, purpose: str) -> None:
    sealer = Sealer([NEW])
    assert sealer.unseal(sealer.seal(value, purpose), purpose) == value


def test_the_sealed_form_shows_nothing_and_never_repeats() -> None:
    sealer = Sealer([NEW])
    first, second = (
        sealer.seal(b"shpat_secret", "shopify-token"),
        sealer.seal(b"shpat_secret", "shopify-token"),
    )
    assert first != second
    assert "shpat" not in first
    assert first.isascii()


def test_a_value_sealed_for_one_purpose_opens_for_no_other() -> None:
    sealer = Sealer([NEW])
    with pytest.raises(UnsealError):
        sealer.unseal(sealer.seal(b"x", "shopify-token"), "smtp-password")


def test_three_live_keys_all_open_and_the_newest_seals() -> None:
    ring = Sealer([NEW, OLD, OLDEST])
    for key in (NEW, OLD, OLDEST):
        assert ring.unseal(Sealer([key]).seal(b"x", "p"), "p") == b"x"
    assert Sealer([NEW]).unseal(ring.seal(b"y", "p"), "p") == b"y"


def test_rotation_frees_a_value_from_its_old_key() -> None:
    ring = Sealer([NEW, OLD])
    before = Sealer([OLD]).seal(b"x", "p")
    assert not ring.is_newest(before, "p")
    after = ring.rotate(before, "p")
    assert ring.is_newest(after, "p")
    assert Sealer([NEW]).unseal(after, "p") == b"x"


def test_a_removed_key_opens_nothing_any_more() -> None:
    with pytest.raises(UnsealError, match="'p'"):
        Sealer([NEW]).unseal(Sealer([OLD]).seal(b"x", "p"), "p")


@pytest.mark.parametrize("damage", ["", "gAAAA", "not base64 \u0665", "AAAA" * 40])
def test_damaged_values_are_refused_by_name(damage: str) -> None:
    with pytest.raises(UnsealError):
        Sealer([NEW]).unseal(damage, "p")


@pytest.mark.parametrize("keys", [[], [""], ["short"], [NEW, "short"]])
def test_weak_keys_stop_the_start_with_advice(keys: list[str]) -> None:
    with pytest.raises(WeakKeyError, match="REGULARS_SECRET_KEYS") as caught:
        Sealer(keys)
    assert "short" not in str(caught.value)


def test_a_sealer_in_a_log_shows_no_key() -> None:
    assert repr(Sealer([NEW, OLD])) == "Sealer(2 keys)"
