"""The admin with the real ID-token verifier, the way the composition root binds it."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import datetime

import pytest

from admin_ui.admin import create_admin
from admin_ui.deps import AdminDeps
from plugin.shopify.id_token import IdToken, IdTokenError, verify_id_token
from tests.admin_ui.world import NOW, SHOP, Merchants, Visitor, an_app, bearer, pages

SECRET = "shpss_secret"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def a_token(*, secret: str = SECRET, age: int = 0) -> str:
    issued = int(NOW.timestamp()) - age
    claims = {
        "iss": f"https://{SHOP}/admin",
        "dest": f"https://{SHOP}",
        "aud": "client-id",
        "sub": "42",
        "exp": issued + 60,
        "nbf": issued,
        "iat": issued,
        "jti": "j1",
        "sid": "s1",
    }
    header = _encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{header}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


@pytest.fixture
def visitor() -> Visitor:
    sample = an_app(Merchants())
    deps: AdminDeps = sample.state.deps

    def verify(token: str, now: datetime) -> IdToken:
        return verify_id_token(token, api_key="client-id", secrets=(SECRET,), now=now)

    real = replace(deps, verify=verify, refused=IdTokenError)
    return Visitor(
        create_admin(real, pages=(pages(Merchants()),), screen=replace(sample.state.screen, deps=real))
    )


def test_a_signed_token_opens_its_own_shop(visitor: Visitor) -> None:
    answer = visitor.get("/app/settings", headers=bearer(a_token()))
    assert answer.status_code == 200
    assert f"https://{SHOP} " in answer.headers["content-security-policy"]


@pytest.mark.parametrize("token", [a_token(secret="other"), a_token(age=120), "", "a.b.c", "é", "x" * 20000])
def test_anything_else_is_refused_for_retry(visitor: Visitor, token: str) -> None:
    answer = visitor.get("/app/count?n=1", headers={b"authorization": b"Bearer " + token.encode()})
    assert answer.status_code == 401
    assert answer.headers["x-shopify-retry-invalid-session-request"] == "1"
