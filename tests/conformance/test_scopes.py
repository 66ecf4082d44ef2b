"""What the app asks a shop for is what it says it needs."""

import tomllib

from plugin.shopify.scopes import NEEDED, missing
from tests.conformance.test_topics import TOML

ASKED = set(tomllib.loads(TOML.read_text())["access_scopes"]["scopes"].split(","))


def test_the_app_asks_for_exactly_the_scopes_it_has_a_reason_for() -> None:
    assert set(NEEDED) == ASKED


def test_what_is_asked_for_is_enough() -> None:
    assert missing(ASKED) == ()
