"""A stand-in for the Admin API, in memory: same operations, same refusals, injected misfortune.

It answers only what an operation's text selects, so code that reads a field it never asked for fails here too.
It passes the contract tests of the real client.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import httpx
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    parse,
)
from graphql.language.ast import SelectionSetNode

from plugin.shopify.api import Answer, failure
from plugin.shopify.errors import AccessDeniedError, ThrottledError, UnauthorisedError, UnreachableError
from plugin.shopify.fake_shop import RESOLVERS, FakeShop, top_level_refusal
from plugin.shopify.operations import Operation

DOWNLOAD_HOST = "https://bulk.invalid"


class Misfortune(Enum):
    """What may befall the next call of an operation."""

    THROTTLED = "throttled"
    NEVER_ARRIVED = "never_arrived"
    ANSWER_LOST = "answer_lost"
    """Carried out, then the link died: the caller learns nothing."""
    UNAUTHORISED = "unauthorised"
    ACCESS_DENIED = "access_denied"


class FakeAdmin:
    """`AdminApi` over simulated shops, by shop id. Unknown shops are unauthorised."""

    def __init__(self, shops: Mapping[int, FakeShop]) -> None:
        self.shops = dict(shops)
        self.calls: Counter[tuple[int, str]] = Counter()
        self._misfortunes: dict[str, deque[Misfortune]] = {}
        self._files: dict[str, bytes] = {}

    def befall(self, operation_name: str, *misfortunes: Misfortune) -> None:
        """Let these happen to the next calls of the operation, in order; for example `discount_code_create`."""
        self._misfortunes.setdefault(operation_name, deque()).extend(misfortunes)

    def execute(
        self, shop_id: int, shop: str, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        self.calls[shop_id, operation.name] += 1
        known = self.shops.get(shop_id)
        if known is None or known.domain != shop:
            raise UnauthorisedError("token_rejected")
        waiting = self._misfortunes.get(operation.name)
        misfortune = waiting.popleft() if waiting else None
        _strike_before(misfortune)
        answer = self._answered(known, operation, variables, now)
        if misfortune is Misfortune.ANSWER_LOST:
            raise UnreachableError("ReadError", in_doubt=True)
        return answer

    def resolve(
        self, shop: FakeShop, name: str, arguments: Mapping[str, Any], now: datetime
    ) -> dict[str, Any] | None:
        """The whole object behind one root field, before anything is selected from it."""
        return RESOLVERS[name](shop, arguments, now)

    def finish_bulk(self, shop_id: int, gid: str, now: datetime, *, error_code: str | None = None) -> None:
        """Let a running bulk operation end: completed, or failed with what it had written."""
        shop = self.shops[shop_id]
        running = shop.bulk[gid]
        lines = shop.bulk_rows.get(_operation_name(running["query"]), [])
        path = f"/{shop_id}/{gid.rpartition('/')[2]}.jsonl"
        self._files[path] = "".join(json.dumps(row) + "\n" for row in lines).encode()
        url = DOWNLOAD_HOST + path if lines else None
        running |= {
            "status": "FAILED" if error_code else "COMPLETED",
            "errorCode": error_code,
            "completedAt": now.isoformat(),
            "objectCount": str(len(lines)),
            "rootObjectCount": str(sum("__parentId" not in row for row in lines)),
            "fileSize": str(len(self._files[path])),
            "url": None if error_code else url,
            "partialDataUrl": url if error_code else None,
        }

    def downloads(self) -> httpx.Client:
        """A client that finds the result files, and nothing else. Close it after use."""
        return httpx.Client(transport=httpx.MockTransport(self._download))

    def _download(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("x-shopify-access-token") or f"https://{request.url.host}" != DOWNLOAD_HOST:
            return httpx.Response(400)
        body = self._files.get(request.url.path)
        return httpx.Response(404) if body is None else httpx.Response(200, content=body)

    def _answered(
        self, shop: FakeShop, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        (root,) = _root_fields(parse(operation.text))
        name = root.name.value
        refusal = top_level_refusal(name, variables)
        if refusal:
            raise failure((refusal,), None)
        # Every operation names its variables like the arguments of its one root field.
        found = self.resolve(shop, name, variables, now)
        return Answer(data={name: _selected(found, root.selection_set)})


def _strike_before(misfortune: Misfortune | None) -> None:
    if misfortune is Misfortune.THROTTLED:
        raise ThrottledError(2.0)
    if misfortune is Misfortune.NEVER_ARRIVED:
        raise UnreachableError("ConnectError")
    if misfortune is Misfortune.UNAUTHORISED:
        raise UnauthorisedError("token_rejected")
    if misfortune is Misfortune.ACCESS_DENIED:
        raise AccessDeniedError("access_denied")


def _operation_name(text: str) -> str:
    (definition,) = parse(text).definitions
    assert isinstance(definition, OperationDefinitionNode)  # noqa: S101  # narrows the type of our own text
    return definition.name.value if definition.name else ""


def _root_fields(document: DocumentNode) -> list[FieldNode]:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return [node for node in operations[0].selection_set.selections if isinstance(node, FieldNode)]


def _selected(value: Any, selections: SelectionSetNode | None) -> Any:
    if selections is None or value is None:
        return value
    if isinstance(value, list):
        return [_selected(item, selections) for item in value]
    found: dict[str, Any] = {}
    for node in _fields_of(value, selections):
        found[node.name.value] = _selected(value[node.name.value], node.selection_set)
    return found


def _fields_of(value: Mapping[str, Any], selections: SelectionSetNode) -> Iterable[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            wanted = node.type_condition.name.value if node.type_condition else None
            if wanted in (None, value.get("__typename")):
                yield from _fields_of(value, node.selection_set)
        else:
            raise TypeError(f"operations hold no named fragments: {FragmentDefinitionNode.kind}")
