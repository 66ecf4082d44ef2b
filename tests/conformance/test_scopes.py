"""What the app asks a shop for is what it says it needs."""

import tomllib

from devstore.config import SCOPES
from plugin.shopify.scopes import NEEDED, missing
from tests.conformance.test_topics import TOML

ASKED = set(tomllib.loads(TOML.read_text())["access_scopes"]["scopes"].split(","))
IMPLIED = {"read_customers"}  # by write_customers


def test_the_app_asks_for_exactly_the_scopes_it_has_a_reason_for() -> None:
    assert set(NEEDED) == ASKED


def test_what_is_asked_for_is_enough() -> None:
    assert missing(ASKED) == ()


def test_without_any_one_of_them_that_one_is_missing() -> None:
    for left_out in ASKED - IMPLIED:
        assert missing(ASKED - {left_out}) == (left_out,)


def test_every_scope_has_a_reason_of_its_own() -> None:
    assert all(reason.endswith(".") and len(reason.split()) > 5 for reason in NEEDED.values())
    assert len(set(NEEDED.values())) == len(NEEDED)


def test_the_simulated_store_grants_enough() -> None:
    assert missing(SCOPES) == ()
