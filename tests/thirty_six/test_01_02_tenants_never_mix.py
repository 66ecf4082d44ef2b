"""Cases 1 and 2: two shops' work interleaved in one process, with refreshes and faults in between."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from plugin.core.keys import shop_id_of
from plugin.shopify.errors import ShopifyError, UnreachableError
from plugin.shopify.shops import read_shop
from tests.street import OTHER_SHOP, SHOP, Street

SHOPS = (SHOP, OTHER_SHOP)
ROUNDS, WORKERS = 25, 8


def test_every_request_carries_its_own_shops_token_whatever_happens_beside_it(either_street: Street) -> None:
    """Eight threads alternate between the shops; their tokens run out together, and faults befall both."""
    street = either_street
    for domain in SHOPS:
        street.move_in(domain)
    street.asked.clear()
    api = street.house.tools.reconciler.api
    names: Counter[tuple[str, str]] = Counter()
    start = threading.Barrier(WORKERS)

    def work(worker: int) -> None:
        start.wait()
        for number in range(ROUNDS):
            domain = SHOPS[(worker + number) % 2]
            try:
                names[domain, read_shop(api, shop_id_of(domain), domain, street.now).gid] += 1
            except ShopifyError:
                names[domain, "failed"] += 1

    for _ in range(3):
        street.clock.at += timedelta(hours=2)  # every stored token has run out
        for domain in SHOPS:
            street.befall(domain, refuse_tokens=1, server_errors=2, lose_token_answer=1, lose_answer=1)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, range(WORKERS)))

    calls = [one for one in street.asked if "graphql" in one.path]
    own = {domain: street.tokens_of(domain) for domain in SHOPS}
    assert own[SHOP].isdisjoint(own[OTHER_SHOP])
    assert [one for one in calls if one.token not in own[one.shop]] == []
    assert len(calls) >= 3 * WORKERS * ROUNDS - 20
    gids = {domain: {gid for of, gid in names if of == domain} - {"failed"} for domain in SHOPS}
    assert [len(found) for found in gids.values()] == [1, 1]
    assert gids[SHOP] != gids[OTHER_SHOP]


def test_nothing_of_a_shop_survives_its_own_failure_for_the_next_one(street: Street) -> None:
    for domain in SHOPS:
        street.move_in(domain)
    api = street.house.tools.reconciler.api
    street.asked.clear()
    street.befall(SHOP, server_errors=1)
    with pytest.raises(UnreachableError):
        read_shop(api, shop_id_of(SHOP), SHOP, street.now)
    read_shop(api, shop_id_of(OTHER_SHOP), OTHER_SHOP, street.now)
    failed, other = street.asked
    assert failed.token in street.tokens_of(SHOP)
    assert (other.shop, other.token in street.tokens_of(OTHER_SHOP)) == (OTHER_SHOP, True)
    with pytest.raises(ShopifyError):
        read_shop(api, shop_id_of(SHOP), OTHER_SHOP, street.now)  # one shop's id under another's name
