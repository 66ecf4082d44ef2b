import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.keys import shop_id_of
from plugin.shopify.id_token import IdTokenError, Refusal, verify_id_token
from tests.shopify.tokens_made_by_hand import (
    API_KEY,
    HEADER,
    NOW,
    NOW_SECONDS,
    OLD_SECRET,
    SECRET,
    SHOP,
    b64,
    claims,
    segment,
    token,
)

OFFICIAL = Path(__file__).parents[1] / "fixtures" / "official_vectors.json"


def verify(text: str, secrets: tuple[str, ...] = (SECRET, OLD_SECRET)) -> str:
    """The shop that the token speaks for, or the reason of its refusal."""
    try:
        return verify_id_token(text, api_key=API_KEY, secrets=secrets, now=NOW).shop
    except IdTokenError as error:
        return error.reason.value


def test_a_good_token_names_shop_person_session_and_end() -> None:
    found = verify_id_token(token(), api_key=API_KEY, secrets=(SECRET,), now=NOW)
    assert found.shop == SHOP
    assert found.shop_id == shop_id_of(SHOP)
    assert found.user_id == 42
    assert found.session_id == claims()["sid"]
    assert found.expires_at == NOW + timedelta(seconds=60)


ACCEPTED: dict[str, Callable[[], str]] = {
    "signed with the old secret": lambda: token(secret=OLD_SECRET),
    "without typ": lambda: token(header={"alg": "HS256"}),
    "with a kid, which is ignored": lambda: token(header=HEADER | {"kid": "../../etc/passwd"}),
    "expired 9 seconds ago": lambda: token(claims(exp=NOW_SECONDS - 9, nbf=NOW_SECONDS - 69, iat=...)),
    "valid in 10 seconds": lambda: token(claims(nbf=NOW_SECONDS + 10)),
    "without iat": lambda: token(claims(iat=...)),
    "without jti": lambda: token(claims(jti=...)),
    "with a claim of tomorrow": lambda: token(claims(new_claim={"a": [1]})),
    "with spaces in the JSON": lambda: token(json.dumps(claims(), indent=2).encode()),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_tokens_that_shopify_may_send_are_accepted(case: str) -> None:
    assert verify(ACCEPTED[case]()) == SHOP


def _with_duplicate(name: str, value: str) -> bytes:
    return json.dumps(claims()).encode()[:-1] + f', "{name}": "{value}"}}'.encode()


def _raw_claims(**raw: str) -> bytes:
    """Claims with JSON written by hand, for numbers that no serialiser would write."""
    kept = json.dumps(claims(**dict.fromkeys(raw, ...))).encode()[:-1]
    return kept + "".join(f', "{name}": {text}' for name, text in raw.items()).encode() + b"}"


def _resigned(head: dict[str, Any], signature: str) -> str:
    return f"{segment(head)}.{segment(claims())}.{signature}"


REFUSED: dict[str, tuple[Refusal, Callable[[], str]]] = {
    # form
    "empty": (Refusal.MALFORMED, lambda: ""),
    "two segments": (Refusal.MALFORMED, lambda: token().rpartition(".")[0]),
    "four segments": (Refusal.MALFORMED, lambda: token() + ".e30"),
    "empty signature": (Refusal.MALFORMED, lambda: token().rpartition(".")[0] + "."),
    "padding": (Refusal.MALFORMED, lambda: token() + "="),
    "leading space": (Refusal.MALFORMED, lambda: " " + token()),
    "trailing newline": (Refusal.MALFORMED, lambda: token() + "\n"),
    "standard base64 alphabet": (Refusal.MALFORMED, lambda: token().rpartition(".")[0] + "." + "+/" * 21),
    "not ASCII": (Refusal.MALFORMED, lambda: "\u0665" + token()),
    "NUL": (Refusal.MALFORMED, lambda: token() + "\x00"),
    "20 KB": (Refusal.TOO_LONG, lambda: token(claims(pad="x" * 20_000))),
    "20,000 levels of JSON": (Refusal.TOO_LONG, lambda: token(b"[" * 20_000)),
    "4,000 levels of JSON": (Refusal.MALFORMED, lambda: token(b"[" * 4_000)),
    "4,000 levels of JSON in the header": (Refusal.MALFORMED, lambda: token(header=b'{"a":' * 1_000)),
    "payload is an array": (Refusal.MALFORMED, lambda: token(b"[1]")),
    "payload is a string": (Refusal.MALFORMED, lambda: token(b'"x"')),
    "payload is not JSON": (Refusal.MALFORMED, lambda: token(b"{'iss': 1}")),
    "payload is not UTF-8": (Refusal.MALFORMED, lambda: token(b'{"iss": "\xff"}')),
    "payload has a BOM": (Refusal.MALFORMED, lambda: token(b"\xef\xbb\xbf" + json.dumps(claims()).encode())),
    "header is not an object": (Refusal.MALFORMED, lambda: token(header=b"[]")),
    "dest twice": (Refusal.MALFORMED, lambda: token(_with_duplicate("dest", "https://evil.myshopify.com"))),
    "aud twice, same value": (Refusal.MALFORMED, lambda: token(_with_duplicate("aud", API_KEY))),
    "alg twice": (Refusal.MALFORMED, lambda: token(header=b'{"alg":"none","alg":"HS256"}')),
    "NaN": (Refusal.MALFORMED, lambda: token(_raw_claims(exp="NaN"))),
    "Infinity": (Refusal.MALFORMED, lambda: token(_raw_claims(exp="Infinity"))),
    "5,000 digits": (Refusal.MALFORMED, lambda: token(_raw_claims(exp="9" * 5_000))),
    # algorithm and header
    "alg none, no signature": (Refusal.MALFORMED, lambda: _resigned({"alg": "none"}, "")),
    "alg none": (Refusal.ALGORITHM, lambda: token(header={"alg": "none"})),
    "alg None": (Refusal.ALGORITHM, lambda: token(header={"alg": "None"})),
    "alg nOnE": (Refusal.ALGORITHM, lambda: token(header={"alg": "nOnE"})),
    "alg hs256": (Refusal.ALGORITHM, lambda: token(header={"alg": "hs256"})),
    "alg HS384": (Refusal.ALGORITHM, lambda: token(header={"alg": "HS384"}, algorithm="sha384")),
    "alg HS512": (Refusal.ALGORITHM, lambda: token(header={"alg": "HS512"}, algorithm="sha512")),
    "alg RS256 with the secret": (Refusal.ALGORITHM, lambda: token(header={"alg": "RS256"})),
    "alg a list": (Refusal.ALGORITHM, lambda: token(header={"alg": ["HS256"]})),
    "alg missing": (Refusal.ALGORITHM, lambda: token(header={"typ": "JWT"})),
    "typ of an access token": (Refusal.HEADER, lambda: token(header=HEADER | {"typ": "at+jwt"})),
    "crit": (Refusal.HEADER, lambda: token(header=HEADER | {"crit": ["exp"]})),
    "b64 false": (Refusal.HEADER, lambda: token(header=HEADER | {"b64": False})),
    "jku": (Refusal.HEADER, lambda: token(header=HEADER | {"jku": "https://evil.com/keys"})),
    "x5u": (Refusal.HEADER, lambda: token(header=HEADER | {"x5u": "https://evil.com/cert"})),
    "jwk": (Refusal.HEADER, lambda: token(header=HEADER | {"jwk": {"kty": "oct", "k": b64(b"evil")}})),
    # signature
    "another secret": (Refusal.SIGNATURE, lambda: token(secret="another-secret")),
    "the empty secret": (Refusal.SIGNATURE, lambda: token(secret="")),
    "signature of HS512 under HS256": (Refusal.SIGNATURE, lambda: token(algorithm="sha512")),
    "signature cut short": (Refusal.SIGNATURE, lambda: _resigned(HEADER, b64(b"\x00" * 16))),
    # times
    "no exp": (Refusal.MALFORMED, lambda: token(claims(exp=...))),
    "no nbf": (Refusal.MALFORMED, lambda: token(claims(nbf=...))),
    "exp null": (Refusal.MALFORMED, lambda: token(claims(exp=None))),
    "exp a string": (Refusal.MALFORMED, lambda: token(claims(exp=str(NOW_SECONDS + 60)))),
    "exp true": (Refusal.MALFORMED, lambda: token(claims(exp=True))),
    "exp a float": (Refusal.MALFORMED, lambda: token(claims(exp=NOW_SECONDS + 60.5))),
    "expired 11 seconds ago": (
        Refusal.EXPIRED,
        lambda: token(claims(exp=NOW_SECONDS - 11, nbf=NOW_SECONDS - 71)),
    ),
    "exp negative": (Refusal.EXPIRED, lambda: token(claims(exp=-1))),
    "valid in 11 seconds": (Refusal.NOT_YET_VALID, lambda: token(claims(nbf=NOW_SECONDS + 11))),
    "valid in 30 seconds": (Refusal.NOT_YET_VALID, lambda: token(claims(nbf=NOW_SECONDS + 30))),
    "issued in 11 seconds": (Refusal.NOT_YET_VALID, lambda: token(claims(iat=NOW_SECONDS + 11))),
    "exp in two hours": (Refusal.LIFETIME, lambda: token(claims(exp=NOW_SECONDS + 7200))),
    "exp in the year 9999": (Refusal.LIFETIME, lambda: token(claims(exp=253_402_300_000))),
    "exp beyond every calendar": (Refusal.LIFETIME, lambda: token(claims(exp=999_999_999_999_999))),
    "ends before it begins": (Refusal.LIFETIME, lambda: token(claims(exp=NOW_SECONDS - 5, nbf=NOW_SECONDS))),
    # audience
    "aud missing": (Refusal.AUDIENCE, lambda: token(claims(aud=...))),
    "aud of another app": (Refusal.AUDIENCE, lambda: token(claims(aud="another-app"))),
    "aud a list with us in it": (Refusal.AUDIENCE, lambda: token(claims(aud=[API_KEY]))),
    "aud with us as a prefix": (Refusal.AUDIENCE, lambda: token(claims(aud=API_KEY + "2"))),
    "aud a prefix of us": (Refusal.AUDIENCE, lambda: token(claims(aud=API_KEY[:-1]))),
    "aud empty": (Refusal.AUDIENCE, lambda: token(claims(aud=""))),
    # shop
    "dest missing": (Refusal.SHOP, lambda: token(claims(dest=...))),
    "dest a list": (Refusal.SHOP, lambda: token(claims(dest=[f"https://{SHOP}"]))),
    "dest http": (Refusal.SHOP, lambda: token(claims(dest=f"http://{SHOP}"))),
    "dest with a suffix domain": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}.evil.com"))),
    "dest with a user part": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}@evil.com"))),
    "dest with a port": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}:443"))),
    "dest with a path": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}/"))),
    "dest in upper case": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP.upper()}"))),
    "dest with a trailing dot": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}."))),
    "dest with a newline": (Refusal.SHOP, lambda: token(claims(dest=f"https://{SHOP}\n"))),
    "dest with a Cyrillic letter": (
        Refusal.SHOP,
        lambda: token(
            claims(dest="https://te\u0430.myshopify.com", iss="https://te\u0430.myshopify.com/admin")
        ),
    ),
    "dest with an underscore": (Refusal.SHOP, lambda: token(claims(dest="https://tea_shop.myshopify.com"))),
    "dest on another domain": (
        Refusal.SHOP,
        lambda: token(claims(dest="https://tea.myshopify.io", iss="https://tea.myshopify.io/admin")),
    ),
    "dest without a name": (Refusal.SHOP, lambda: token(claims(dest="https://.myshopify.com"))),
    # issuer
    "iss missing": (Refusal.ISSUER, lambda: token(claims(iss=...))),
    "iss of another shop": (Refusal.ISSUER, lambda: token(claims(iss="https://other.myshopify.com/admin"))),
    "iss http": (Refusal.ISSUER, lambda: token(claims(iss=f"http://{SHOP}/admin"))),
    "iss without path": (Refusal.ISSUER, lambda: token(claims(iss=f"https://{SHOP}"))),
    "iss of the checkout": (Refusal.ISSUER, lambda: token(claims(iss=f"https://{SHOP}/checkouts"))),
    "iss of the customer account": (Refusal.ISSUER, lambda: token(claims(iss=f"https://{SHOP}/account"))),
    "iss with more path": (Refusal.ISSUER, lambda: token(claims(iss=f"https://{SHOP}/admin/"))),
    # subject and session
    "sub a number": (Refusal.SUBJECT, lambda: token(claims(sub=42))),
    "sub missing": (Refusal.SUBJECT, lambda: token(claims(sub=...))),
    "sub empty": (Refusal.SUBJECT, lambda: token(claims(sub=""))),
    "sub of a customer": (Refusal.SUBJECT, lambda: token(claims(sub="gid://shopify/Customer/123456789"))),
    "sub in Arabic digits": (Refusal.SUBJECT, lambda: token(claims(sub="\u0664\u0662"))),
    "sub with a newline": (Refusal.SUBJECT, lambda: token(claims(sub="42\n"))),
    "sid missing": (Refusal.SESSION, lambda: token(claims(sid=...))),
    "sid a number": (Refusal.SESSION, lambda: token(claims(sid=1))),
    "sid empty": (Refusal.SESSION, lambda: token(claims(sid=""))),
    # whole tokens of other surfaces
    "a checkout extension's token": (
        Refusal.SHOP,
        lambda: token(
            claims(
                iss=f"https://{SHOP}/checkouts", dest=SHOP, sub="gid://shopify/Customer/123456789", sid=...
            )
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused_for_its_own_reason(case: str) -> None:
    reason, make = REFUSED[case]
    assert verify(make()) == reason.value


def test_the_reference_list_of_58_vectors_is_covered() -> None:
    assert len(ACCEPTED) + len(REFUSED) >= 58


def test_a_removed_secret_no_longer_opens_the_door() -> None:
    assert verify(token(secret=OLD_SECRET), secrets=(SECRET, "")) == "signature"


def test_a_missing_secret_is_a_mistake_of_ours_and_not_an_open_door() -> None:
    for api_key, secrets in (("", (SECRET,)), (API_KEY, ()), (API_KEY, ("", ""))):
        with pytest.raises(ValueError, match="SHOPIFY_API_KEY"):
            verify_id_token(token(secret=""), api_key=api_key, secrets=secrets, now=NOW)


def test_only_an_expired_token_is_worth_asking_for_a_fresh_one() -> None:
    assert IdTokenError(Refusal.EXPIRED).is_stale
    assert not IdTokenError(Refusal.SIGNATURE).is_stale


def test_the_refusal_tells_nothing_of_the_token() -> None:
    with pytest.raises(IdTokenError) as caught:
        verify_id_token(token(claims(sub="secret@person")), api_key=API_KEY, secrets=(SECRET,), now=NOW)
    assert str(caught.value) == "subject"


@pytest.mark.parametrize("position", range(0, len(token()), 7))
def test_no_flipped_character_survives(position: int) -> None:
    good = token()
    flipped = "A" if good[position] != "A" else "B"
    assert verify(good[:position] + flipped + good[position + 1 :]) != SHOP


@given(st.text(max_size=400))
def test_no_text_whatever_crashes_it(text: str) -> None:
    assert verify(text) in set(Refusal)


@given(st.binary(max_size=200), st.binary(max_size=400))
def test_no_signed_bytes_whatever_crash_it(header: bytes, payload: bytes) -> None:
    assert verify(token(payload, header=header)) in set(Refusal)


_MAYBE_WRONG = {
    "aud": st.sampled_from([API_KEY, "other", ""]),
    "exp": st.integers(NOW_SECONDS - 30, NOW_SECONDS + 60),
    "nbf": st.integers(NOW_SECONDS - 60, NOW_SECONDS + 30),
}


@given(
    st.fixed_dictionaries(_MAYBE_WRONG), st.sampled_from([SECRET, "wrong-secret-0123456789abcdef-0123456789"])
)
def test_the_common_library_agrees_wherever_it_has_an_opinion(changes: dict[str, Any], secret: str) -> None:
    text = token(claims(**changes, iat=...), secret=secret)
    ours = verify(text, secrets=(SECRET,))
    assert (ours == SHOP) == (_library_accepts(text) and changes["exp"] >= changes["nbf"])


def _library_accepts(text: str) -> bool:
    """PyJWT's verdict at NOW. It reads the wall clock itself, so only its signature and audience are asked
    live; its documented time rule (strict on `exp`, inclusive on `nbf`, 10 s leeway) is stated here.
    """
    options: Any = {"require": ["exp", "nbf"], "verify_exp": False, "verify_nbf": False}
    try:
        found = jwt.decode(text, SECRET, algorithms=["HS256"], audience=API_KEY, options=options)
    except jwt.InvalidTokenError:
        return False
    return bool(found["exp"] > NOW_SECONDS - 10 and found["nbf"] <= NOW_SECONDS + 10)


def test_shopifys_own_sample_claims_are_judged_as_shopify_says() -> None:
    admin, checkout = (
        vector["payload"] for vector in json.loads(OFFICIAL.read_text("utf-8"))["session_token_claims"]
    )
    times = {"exp": NOW_SECONDS + 60, "nbf": NOW_SECONDS, "aud": API_KEY}
    assert verify(token(admin | times)) == "test-shop.myshopify.com"
    assert verify(token(checkout | times)) == "shop"
