"""The door against the simulated store of the demo, which knows nothing of our code: a stranger's judgement."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import uvicorn

from devstore import Devstore, DevstoreConfig, create_devstore, id_tokens
from plugin.core.keys import discount_code, shop_id_of
from plugin.shopify import bulk
from plugin.shopify.bulk import Started
from plugin.shopify.bulk_join import join_children
from plugin.shopify.consent import OptOutWritten, write_opt_out
from plugin.shopify.discounts import AlreadyOurs, AmountOff, CodeRequest, Issued, Refused, issue_code
from plugin.shopify.graphql import AdminClient
from plugin.shopify.id_token import verify_id_token
from plugin.shopify.operations import operation
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.scopes import missing, read_granted
from plugin.shopify.shops import read_shop
from plugin.shopify.token_chain import ChainReady, TokenChain
from plugin.shopify.token_memory import MemoryTokenStore
from plugin.shopify.tokens import TokenDoor

SHOP = "regulars-demo.myshopify.com"
SHOP_ID = shop_id_of(SHOP)
KEY, SECRET = "demo-key", "demo-secret-that-is-long-enough-for-hs256"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Store:
    """The devstore behind a port, and our door to it."""

    http: httpx.Client
    base: str
    chain: TokenChain
    api: AdminClient
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now

    def id_token(self) -> str:
        return id_tokens.mint(shop=SHOP, api_key=KEY, api_secret=SECRET, now=self.now)

    def befall(self, **faults: int) -> None:
        self.http.post(f"{self.base}/{SHOP}/__devstore/faults", json=faults).raise_for_status()

    def everything(self, name: str) -> Iterator[dict[str, object]]:
        started = bulk.start(self.api, SHOP_ID, SHOP, operation(name), self.now)
        assert isinstance(started, Started)
        while True:
            self.clock.now += timedelta(seconds=30)
            state = bulk.poll(self.api, SHOP_ID, SHOP, started.gid, self.now)
            assert state
            if state.status.is_over:
                break
        assert state.has_all_rows
        return (row for _, row in bulk.rows(self.http, state.url))


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    clock = Clock()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = DevstoreConfig(
            shop=SHOP, api_key=KEY, api_secret=SECRET, app_url=base, base_url=base, clock=lambda: clock.now
        )
        with (
            closing(create_devstore(settings)) as devstore,
            _served(devstore, listener),
            httpx.Client() as http,
        ):
            origin = ShopOrigin(base + "/{shop}")
            door = TokenDoor(http, origin, api_key=KEY, api_secret=SECRET)
            chain = TokenChain(MemoryTokenStore(), door, wait=_no_wait)
            yield Store(http, base, chain, AdminClient(http, origin, "2026-10", chain, wait=_no_wait), clock)


@contextmanager
def _served(devstore: Devstore, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(devstore, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _no_wait(_seconds: float) -> None:
    pass


@pytest.fixture(autouse=True)
def _connected(store: Store) -> None:
    ready = store.chain.ensure_chain(SHOP_ID, SHOP, store.id_token(), store.now)
    assert isinstance(ready, ChainReady)


def test_the_stores_id_tokens_pass_our_verifier(store: Store) -> None:
    found = verify_id_token(store.id_token(), api_key=KEY, secrets=(SECRET,), now=store.now)
    assert (found.shop, found.shop_id) == (SHOP, SHOP_ID)


def test_the_shop_describes_itself_and_grants_what_we_need(store: Store) -> None:
    assert read_shop(store.api, SHOP_ID, SHOP, store.now).name == "Vinyl & Verse"
    assert missing(read_granted(store.api, SHOP_ID, SHOP, store.now)) == ()


def test_a_chain_is_refreshed_through_lost_answers(store: Store) -> None:
    request = a_request(store, "token")
    store.clock.now += timedelta(hours=2)
    store.befall(lose_token_answer=1)
    refused = issue_code(store.api, SHOP_ID, SHOP, request, store.now)
    assert isinstance(refused, Refused)
    assert (refused.permanent, refused.in_doubt) == (False, False)
    assert isinstance(issue_code(store.api, SHOP_ID, SHOP, request, store.now), Issued)


def test_a_token_refused_before_its_time_is_renewed_on_the_spot(store: Store) -> None:
    store.befall(refuse_tokens=1)
    assert read_shop(store.api, SHOP_ID, SHOP, store.now).name == "Vinyl & Verse"


def test_a_throttled_call_is_waited_out(store: Store) -> None:
    store.befall(throttle=1)
    assert read_shop(store.api, SHOP_ID, SHOP, store.now).name == "Vinyl & Verse"


def test_a_code_whose_answer_was_lost_is_found_and_not_made_twice(store: Store) -> None:
    request = a_request(store, "lost")
    store.befall(lose_answer=1)
    refused = issue_code(store.api, SHOP_ID, SHOP, request, store.now)
    assert isinstance(refused, Refused)
    assert refused.in_doubt
    assert isinstance(issue_code(store.api, SHOP_ID, SHOP, request, store.now, attempt=2), AlreadyOurs)


def test_an_opt_out_is_taken(store: Store) -> None:
    customer = next(store.everything("bulk_customers"))
    number = int(str(customer["id"]).rpartition("/")[2])
    found = write_opt_out(store.api, SHOP_ID, SHOP, number, at=store.now, now=store.now)
    assert found == OptOutWritten()


def test_the_whole_history_comes_through_the_bulk_door(store: Store) -> None:
    customers = sum(1 for _ in store.everything("bulk_customers"))
    orders = lines = 0
    gross = Decimal(0)
    for joined in join_children(store.everything("bulk_orders")):
        orders += 1
        for line in joined.children["LineItem"]:
            lines += 1
            gross += Decimal(line["originalTotalSet"]["shopMoney"]["amount"])
    assert customers > 2_000
    assert orders > 6_000
    assert lines >= orders
    assert gross > 100_000


def test_a_running_operation_is_found_again_until_it_is_over(store: Store) -> None:
    query, other = operation("bulk_customers"), operation("bulk_orders")
    started = bulk.start(store.api, SHOP_ID, SHOP, query, store.now)
    assert isinstance(started, Started)
    assert bulk.find_running(store.api, SHOP_ID, SHOP, query, store.now) == started
    assert bulk.find_running(store.api, SHOP_ID, SHOP, other, store.now) is None
    for _ in range(2):
        bulk.poll(store.api, SHOP_ID, SHOP, started.gid, store.now)
    assert bulk.find_running(store.api, SHOP_ID, SHOP, query, store.now) is None


def a_request(store: Store, step: str) -> CodeRequest:
    key = f"{SHOP_ID}:loyalty_reward:1:77:{step}"
    customer = next(store.everything("bulk_customers"))
    return CodeRequest(
        effect_key=key,
        code=discount_code(b"secret", key),
        title="Loyalty reward",
        value=AmountOff(amount_minor=500, currency="USD"),
        customer_id=int(str(customer["id"]).rpartition("/")[2]),
        starts_at=store.now,
    )
