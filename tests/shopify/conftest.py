import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLSchema, build_client_schema

from tests.shopify.small_shopify import SmallShopify

_SCHEMA = Path(__file__).parents[2] / "devstore" / "shopify_admin_2026-10.introspection.json.gz"


@pytest.fixture(scope="session")
def admin_schema() -> GraphQLSchema:
    """Shopify's own schema of the pinned version."""
    introspection = json.loads(gzip.decompress(_SCHEMA.read_bytes()))
    return build_client_schema(introspection.get("data", introspection), assume_valid=True)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
def shopify() -> Iterator[SmallShopify]:
    with SmallShopify() as server:
        yield server
