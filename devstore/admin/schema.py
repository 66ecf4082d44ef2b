"""Shopify's 2026-10 Admin schema, built once per process from the recorded introspection answer.

Loading takes about half a second and 65 MB, so it waits for the first request.
"""

import gzip
import json
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

_FILE = Path(__file__).parents[1] / "shopify_admin_2026-10.introspection.json.gz"


@cache
def admin_schema() -> GraphQLSchema:
    return build_client_schema(json.loads(gzip.decompress(_FILE.read_bytes()))["data"], assume_valid=True)
