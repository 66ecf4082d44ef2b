import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.links import InvalidLinkError, LinkSigner
from plugin.core.sealing import WeakKeyError

NEW, OLD = "newest-key-0123456789", "older-key-0123456789"
SIGNER = LinkSigner([NEW, OLD])
IDS = st.tuples(st.integers(1, (1 << 63) - 1), st.integers(-(1 << 63), (1 << 63) - 1))


@given(IDS)
def test_ids_come_back_as_they_went_in(ids: tuple[int, ...]) -> None:
    assert SIGNER.verify_ids("unsubscribe", SIGNER.sign("unsubscribe", ids)) == ids


@given(st.binary(max_size=200))
def test_bytes_come_back_as_they_went_in(payload: bytes) -> None:
    assert SIGNER.verify("click", SIGNER.sign("click", payload)) == payload


def test_a_token_fits_a_path_segment_and_is_the_same_on_every_retry() -> None:
    token = SIGNER.sign("unsubscribe", (7, -9))
    assert re.fullmatch(r"[A-Za-z0-9_-]{50}", token)
    assert token == SIGNER.sign("unsubscribe", (7, -9))


@pytest.mark.parametrize("bit", range(37 * 8))
def test_no_flipped_bit_survives(bit: int) -> None:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    raw = bytearray(urlsafe_b64decode(SIGNER.sign("unsubscribe", (7, -9)) + "=="))
    raw[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(InvalidLinkError):
        SIGNER.verify("unsubscribe", urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode())


@pytest.mark.parametrize("position", range(50))
def test_no_changed_character_survives(position: int) -> None:
    token = SIGNER.sign("unsubscribe", (7, -9))
    for letter in "AQgw_-":
        if letter != token[position]:
            with pytest.raises(InvalidLinkError):
                SIGNER.verify("unsubscribe", token[:position] + letter + token[position + 1 :])


def test_a_token_serves_its_own_purpose_only() -> None:
    with pytest.raises(InvalidLinkError):
        SIGNER.verify("preferences", SIGNER.sign("unsubscribe", (7, -9)))


def test_ids_cannot_be_read_from_a_token_of_bytes() -> None:
    with pytest.raises(InvalidLinkError):
        SIGNER.verify_ids("unsubscribe", SIGNER.sign("unsubscribe", b"\x00" * 16))


def test_old_links_work_until_their_key_is_removed() -> None:
    token = LinkSigner([OLD]).sign("unsubscribe", (7, -9))
    assert SIGNER.verify("unsubscribe", token) == (7, -9)
    with pytest.raises(InvalidLinkError):
        LinkSigner([NEW]).verify("unsubscribe", token)


@pytest.mark.parametrize(
    "token", ["", "A", "AAAA", "a b", "\u0665" * 50, "=" * 50, "A" * 5000, "A" * 50 + "\n"]
)
def test_what_was_never_a_token_is_refused_without_a_crash(token: str) -> None:
    with pytest.raises(InvalidLinkError):
        SIGNER.verify("unsubscribe", token)


def test_a_payload_too_long_for_a_link_is_refused_at_signing() -> None:
    with pytest.raises(ValueError, match="too long"):
        SIGNER.sign("click", b"x" * 2000)


def test_weak_keys_are_refused_and_no_key_is_shown() -> None:
    with pytest.raises(WeakKeyError):
        LinkSigner(["short"])
    assert repr(SIGNER) == "LinkSigner(2 keys)"
