"""The registry, shopify.app.toml and the bodies in the tests name the same topics."""

import tomllib
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from shopify.api_access import ApiAccess

from devstore.frame.app_proxy import PATH_PREFIX
from plugin import storefront
from plugin.webhooks.topics import TOPICS
from tests.webhooks.shopify_bodies import BODY_OF

TOML = Path(__file__).parents[2] / "shopify.app.toml"
CONFIGURED: dict[str, Any] = tomllib.loads(TOML.read_text())
SUBSCRIPTIONS: list[dict[str, Any]] = CONFIGURED["webhooks"]["subscriptions"]


def named(kind: str) -> list[str]:
    return [topic for subscription in SUBSCRIPTIONS for topic in subscription.get(kind, [])]


def test_the_app_subscribes_to_exactly_the_topics_that_it_understands() -> None:
    assert sorted(named("topics")) == sorted(
        name for name, topic in TOPICS.items() if not topic.is_compliance
    )


def test_the_compliance_topics_are_declared_apart_and_each_once() -> None:
    assert sorted(named("compliance_topics")) == ["customers/data_request", "customers/redact", "shop/redact"]
    assert {name for name, topic in TOPICS.items() if topic.is_compliance} == set(named("compliance_topics"))


def test_every_topic_is_under_its_own_name() -> None:
    assert {name: topic.name for name, topic in TOPICS.items()} == {name: name for name in TOPICS}


def test_every_subscription_comes_to_the_one_door() -> None:
    assert {subscription["uri"] for subscription in SUBSCRIPTIONS} == {"/webhooks/shopify"}


def test_the_scopes_let_every_topic_through() -> None:
    granted = ApiAccess(CONFIGURED["access_scopes"]["scopes"])  # who may write may read
    assert granted.covers(ApiAccess([topic.scope for topic in TOPICS.values() if topic.scope]))


def test_bodies_are_serialised_in_the_version_that_was_tried() -> None:
    assert CONFIGURED["webhooks"]["api_version"] == "2026-10"


def test_every_topic_has_a_body_in_the_tests() -> None:
    assert sorted(BODY_OF) == sorted(TOPICS)


def test_every_shape_requires_something() -> None:
    assert [name for name, topic in TOPICS.items() if not topic.model.shape.required] == []


def test_the_storefront_passes_on_to_a_route_that_answers() -> None:
    proxy = CONFIGURED["app_proxy"]
    assert proxy == {"url": "/proxy", "prefix": "apps", "subpath": "regulars"}
    assert {route.path for route in storefront.router.routes if isinstance(route, APIRoute)} >= {
        proxy["url"],
        f"{proxy['url']}/",
    }
    assert f"/{proxy['prefix']}/{proxy['subpath']}" == PATH_PREFIX
    assert "write_app_proxy" in CONFIGURED["access_scopes"]["scopes"].split(",")
