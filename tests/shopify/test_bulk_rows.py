import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.shopify.bulk import DamagedRowError, DownloadExpiredError, rows
from plugin.shopify.bulk_join import Joined, join_children
from plugin.shopify.errors import UnreachableError
from tests.shopify.small_shopify import Script, SmallShopify

ORDER_1, ORDER_2 = {"id": "gid://shopify/Order/1"}, {"id": "gid://shopify/Order/2"}


def line_item(number: int, order: int) -> dict[str, Any]:
    return {"id": f"gid://shopify/LineItem/{number}", "__parentId": f"gid://shopify/Order/{order}"}


def serve(shopify: SmallShopify, body: bytes, **more: Any) -> str:
    shopify.play(Script(body=body, **more))
    return f"{shopify.base}/bulk/1.jsonl"


def test_rows_come_with_their_line_and_blank_lines_are_skipped(
    http: httpx.Client, shopify: SmallShopify
) -> None:
    url = serve(shopify, b'{"id": 1}\n\n  \n{"id": 2}\n{"id": 3}')
    assert list(rows(http, url)) == [(0, {"id": 1}), (3, {"id": 2}), (4, {"id": 3})]


def test_a_row_longer_than_any_network_chunk_stays_whole(http: httpx.Client, shopify: SmallShopify) -> None:
    long = {"id": 1, "note": "\u2028é" * 200_000}
    url = serve(
        shopify, json.dumps(long).encode() + b"\n" + json.dumps(long, ensure_ascii=False).encode() + b"\n"
    )
    assert [row for _, row in rows(http, url)] == [long, long]


def test_a_compressed_file_is_read_as_well(http: httpx.Client, shopify: SmallShopify) -> None:
    url = serve(shopify, gzip.compress(b'{"id": 1}\n{"id": 2}\n'), headers={"Content-Encoding": "gzip"})
    assert [row["id"] for _, row in rows(http, url)] == [1, 2]


def test_nothing_of_ours_goes_to_the_download_host(shopify: SmallShopify) -> None:
    url = serve(shopify, b"{}\n")
    ours = {"X-Shopify-Access-Token": "shpat_1", "Authorization": "Bearer shpat_1"}
    with httpx.Client(headers=ours, cookies={"session": "shpat_1"}, auth=("key", "shpat_1")) as http:
        list(rows(http, url))
    (seen,) = shopify.seen
    assert "shpat_1" not in str(seen.headers)
    assert not seen.headers.keys() & {"x-shopify-access-token", "authorization", "cookie"}


def test_a_download_that_breaks_off_is_resumed_by_line(http: httpx.Client, shopify: SmallShopify) -> None:
    body = b"".join(b'{"id": %d}\n' % number for number in range(1000))
    found: list[tuple[int, dict[str, Any]]] = []
    url = serve(shopify, body, cut_after=5_000)
    with pytest.raises(UnreachableError, match="RemoteProtocolError") as caught:
        found.extend(rows(http, url))
    assert not caught.value.permanent

    assert 0 < len(found) < 1000
    shopify.play(Script(body=body))
    found.extend(rows(http, url, start_line=len(found)))
    assert [row["id"] for _, row in found] == list(range(1000))
    assert [line for line, _ in found] == list(range(1000))


def test_no_address_means_no_rows(http: httpx.Client, shopify: SmallShopify) -> None:
    assert list(rows(http, None)) == []
    assert shopify.seen == []


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_an_expired_address_says_so(http: httpx.Client, shopify: SmallShopify, status: int) -> None:
    with pytest.raises(DownloadExpiredError, match=f"http_{status}") as caught:
        list(rows(http, serve(shopify, b"<Error/>", status=status)))
    assert caught.value.permanent


@pytest.mark.parametrize("status", [500, 503, 301, 429])
def test_any_other_answer_is_worth_another_try(
    http: httpx.Client, shopify: SmallShopify, status: int
) -> None:
    with pytest.raises(UnreachableError, match=f"http_{status}") as caught:
        list(rows(http, serve(shopify, b"", status=status)))
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "body", [b'{"id": 1}\n{"id":', b'{"id": 1}\n[2]\n', b'{"id": 1}\n\xff\n', b'{"id": 1}\n"x"\n']
)
def test_a_damaged_row_stops_the_import_at_its_line(
    http: httpx.Client, shopify: SmallShopify, body: bytes
) -> None:
    found = rows(http, serve(shopify, body))
    assert next(found) == (0, {"id": 1})
    with pytest.raises(DamagedRowError, match="line_1"):
        next(found)


@pytest.mark.parametrize(
    "url", ["http://example.com/x.jsonl", "file:///etc/passwd", "ftp://127.0.0.1/x", "//x", ""]
)
def test_only_https_or_this_machine_is_downloaded_from(http: httpx.Client, url: str) -> None:
    with pytest.raises(DownloadExpiredError, match="not_https"):
        list(rows(http, url))


def test_a_reader_that_stops_early_closes_the_connection(http: httpx.Client, shopify: SmallShopify) -> None:
    reader = rows(http, serve(shopify, b'{"id": 1}\n' * 100_000))
    assert next(reader) == (0, {"id": 1})
    reader.close()  # type: ignore[attr-defined]  # a generator


@pytest.mark.parametrize(
    "order",
    [
        [ORDER_1, line_item(1, 1), line_item(2, 1), ORDER_2, line_item(3, 2)],
        [line_item(1, 1), line_item(3, 2), line_item(2, 1), ORDER_1, ORDER_2],
        [ORDER_1, ORDER_2, line_item(3, 2), line_item(1, 1), line_item(2, 1)],
    ],
    ids=["beside their parents", "before their parents", "after all parents"],
)
def test_children_find_their_parents_wherever_they_stand(order: list[dict[str, Any]]) -> None:
    assert list(join_children(order)) == [
        Joined(
            row=ORDER_1,
            children={"LineItem": [{"id": "gid://shopify/LineItem/1"}, {"id": "gid://shopify/LineItem/2"}]},
        ),
        Joined(row=ORDER_2, children={"LineItem": [{"id": "gid://shopify/LineItem/3"}]}),
    ]


def test_children_are_grouped_by_their_kind() -> None:
    fulfilment = {"id": "gid://shopify/Fulfillment/9", "__parentId": ORDER_1["id"]}
    nameless = {"amount": "1.00", "__parentId": ORDER_1["id"]}
    (joined,) = join_children([ORDER_1, line_item(1, 1), fulfilment, nameless])
    assert joined.children == {
        "LineItem": [{"id": "gid://shopify/LineItem/1"}],
        "Fulfillment": [{"id": "gid://shopify/Fulfillment/9"}],
        "": [{"amount": "1.00"}],
    }


def test_a_parent_without_children_and_children_without_a_parent() -> None:
    assert list(join_children([ORDER_1, line_item(3, 2)])) == [Joined(row=ORDER_1, children={})]
    assert list(join_children([])) == []


def test_lines_that_a_resumed_download_repeats_count_once() -> None:
    older, newer = ORDER_1 | {"name": "older"}, ORDER_1 | {"name": "newer"}
    (joined,) = join_children([older, line_item(1, 1), newer, line_item(1, 1)])
    assert joined == Joined(row=newer, children={"LineItem": [{"id": "gid://shopify/LineItem/1"}]})


@given(st.permutations([ORDER_1, ORDER_2, *(line_item(number, 1 + number % 2) for number in range(6))]))
def test_any_order_of_lines_gives_the_same_families(lines: list[dict[str, Any]]) -> None:
    families = {
        joined.row["id"]: {child["id"] for child in joined.children["LineItem"]}
        for joined in join_children(lines)
    }
    assert families == {
        f"gid://shopify/Order/{order}": {
            f"gid://shopify/LineItem/{n}" for n in range(6) if 1 + n % 2 == order
        }
        for order in (1, 2)
    }


def test_the_spill_leaves_nothing_behind_even_when_the_reader_stops_early(tmp_path: Path) -> None:
    joined = join_children([ORDER_1, ORDER_2], directory=tmp_path)
    next(joined)
    assert list(tmp_path.iterdir()) != []
    joined.close()  # type: ignore[attr-defined]  # a generator
    assert list(tmp_path.iterdir()) == []
