"""The promises of a token chain, under threads, lost answers, kills and zombies."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from plugin.shopify.errors import NeedsReauthError, UnreachableError
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.token_chain import LEASE, ChainReady, StoredChain, TokenChain
from plugin.shopify.token_memory import MemoryTokenStore
from plugin.shopify.tokens import InvalidSubjectToken, TerminallyRefused, TokenDoor, TokenPair, Transient
from tests.shopify.small_shopify import Script, Seen, SmallShopify, answer

SHOP, OTHER_SHOP = "tea-shop.myshopify.com", "coffee-shop.myshopify.com"
SHOP_ID, OTHER_ID = 1, 2
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def really_wait(seconds: float) -> None:
    threading.Event().wait(seconds / 10)


class KilledError(BaseException):
    """The process is gone: nothing after this line runs."""


class Authority:
    """Shopify's side of a chain: the previous refresh token works until its replacement is used."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.refreshes = 0
        self.exchanges = 0
        self.number: dict[str, int] = {}
        self.dead: set[str] = set()

    def __call__(self, seen: Seen) -> Script:
        shop = seen.path.split("/")[1]
        with self.lock:
            number = self.number.setdefault(shop, 0)
            if "subject_token" in seen.form:
                self.exchanges += 1
                self.dead.discard(shop)
                number += 100
            else:
                self.refreshes += 1
                used = int(seen.form["refresh_token"].rpartition("_")[2])
                if shop in self.dead or used not in (number, number - 1):
                    return answer({"error": "invalid_request"}, status=401)
                number = used + 1
            self.number[shop] = number
        return answer(
            {
                "access_token": f"shpat_{shop}_{number}",
                "refresh_token": f"shprt_{shop}_{number}",
                "scope": "read_orders",
                "expires_in": 3600,
                "refresh_token_expires_in": 7776000,
            }
        )


@pytest.fixture
def authority(shopify: SmallShopify) -> Authority:
    book = Authority()
    shopify.default = book
    return book


@pytest.fixture
def door(http: httpx.Client, shopify: SmallShopify) -> TokenDoor:
    return TokenDoor(http, ShopOrigin(shopify.template), api_key="key", api_secret="app-secret")


@pytest.fixture
def store() -> MemoryTokenStore:
    return MemoryTokenStore()


@pytest.fixture
def chain(store: MemoryTokenStore, door: TokenDoor, authority: Authority) -> TokenChain:
    """A chain with both shops connected."""
    chain = TokenChain(store, door, wait=lambda _seconds: None)
    for shop_id, shop in ((SHOP_ID, SHOP), (OTHER_ID, OTHER_SHOP)):
        assert chain.ensure_chain(shop_id, shop, "id.token", NOW) == ChainReady(
            is_new=True, scopes=frozenset({"read_orders"})
        )
    authority.exchanges = 0
    return chain


def stored(store: MemoryTokenStore) -> TokenPair:
    found = store.load(SHOP_ID)
    assert found
    assert found.pair
    return found.pair


def test_opening_the_app_again_does_not_kill_the_chain(chain: TokenChain, authority: Authority) -> None:
    again = chain.ensure_chain(SHOP_ID, SHOP, "id.token", NOW)
    assert again == ChainReady(is_new=False, scopes=frozenset({"read_orders"}))
    assert authority.exchanges == 0


def test_a_token_with_minutes_left_is_used_as_it_is(chain: TokenChain, authority: Authority) -> None:
    assert chain.access_token(SHOP_ID, SHOP, NOW + timedelta(minutes=55)) == f"shpat_{SHOP}_100"
    assert authority.refreshes == 0


def test_a_token_about_to_end_is_refreshed_and_stored(
    chain: TokenChain, authority: Authority, store: MemoryTokenStore
) -> None:
    assert chain.access_token(SHOP_ID, SHOP, NOW + timedelta(minutes=55, seconds=1)) == f"shpat_{SHOP}_101"
    assert stored(store).refresh_token == f"shprt_{SHOP}_101"
    assert authority.refreshes == 1


@pytest.mark.usefixtures("chain")
def test_twenty_workers_with_an_expired_token_make_one_refresh(
    store: MemoryTokenStore, door: TokenDoor, authority: Authority
) -> None:
    patient = TokenChain(store, door, wait=really_wait)
    gate = threading.Barrier(20)

    def work(_number: int) -> str:
        gate.wait()
        return patient.access_token(SHOP_ID, SHOP, LATER)

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(work, range(20))) == {f"shpat_{SHOP}_101"}
    assert authority.refreshes == 1


@pytest.mark.usefixtures("chain")
def test_two_shops_interleaved_never_get_each_others_token(store: MemoryTokenStore, door: TokenDoor) -> None:
    patient = TokenChain(store, door, wait=really_wait)
    shops = ((SHOP_ID, SHOP), (OTHER_ID, OTHER_SHOP))

    def work(number: int) -> bool:
        shop_id, shop = shops[number % 2]
        return patient.access_token(shop_id, shop, NOW + timedelta(minutes=10 * number)).startswith(
            f"shpat_{shop}_"
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(60)))


@pytest.mark.parametrize("lost", [Script(hang_up=True), Script(status=520), Script(status=503)])
def test_after_a_lost_answer_the_same_refresh_token_is_tried_again(
    chain: TokenChain, authority: Authority, shopify: SmallShopify, store: MemoryTokenStore, lost: Script
) -> None:
    shopify.seen.clear()
    shopify.play(lost)
    authority.number[SHOP] += 1  # Shopify had carried it out
    with pytest.raises(UnreachableError) as caught:
        chain.access_token(SHOP_ID, SHOP, LATER)
    assert not caught.value.permanent
    assert stored(store).refresh_token == f"shprt_{SHOP}_100"
    assert chain.access_token(SHOP_ID, SHOP, LATER) == f"shpat_{SHOP}_101"
    assert [seen.form["refresh_token"] for seen in shopify.seen] == [f"shprt_{SHOP}_100"] * 2


def test_a_failing_refresh_does_no_harm_while_the_token_still_lives(
    chain: TokenChain, shopify: SmallShopify, authority: Authority
) -> None:
    shopify.play(Script(status=500))
    assert chain.access_token(SHOP_ID, SHOP, NOW + timedelta(minutes=57)) == f"shpat_{SHOP}_100"
    assert chain.access_token(SHOP_ID, SHOP, NOW + timedelta(minutes=58)) == f"shpat_{SHOP}_101"
    assert authority.refreshes == 1


def test_a_terminal_refusal_is_remembered_and_not_asked_again(
    chain: TokenChain, authority: Authority, store: MemoryTokenStore
) -> None:
    authority.dead.add(SHOP)
    for _ in range(3):
        with pytest.raises(NeedsReauthError, match="invalid_request") as caught:
            chain.access_token(SHOP_ID, SHOP, LATER)
        assert not caught.value.permanent  # what is due waits until the merchant has opened the app
    assert authority.refreshes == 1
    assert store.load(SHOP_ID) == StoredChain(pair=stored(store), needs_reauth="invalid_request")
    assert chain.access_token(OTHER_ID, OTHER_SHOP, LATER) == f"shpat_{OTHER_SHOP}_101"


def test_opening_the_app_heals_a_dead_chain(chain: TokenChain, authority: Authority) -> None:
    authority.dead.add(SHOP)
    with pytest.raises(NeedsReauthError):
        chain.access_token(SHOP_ID, SHOP, LATER)
    healed = chain.ensure_chain(SHOP_ID, SHOP, "id.token", LATER)
    assert healed == ChainReady(is_new=True, scopes=frozenset({"read_orders"}))
    assert chain.access_token(SHOP_ID, SHOP, LATER) == f"shpat_{SHOP}_200"


def test_a_refresh_token_past_its_90_days_is_not_even_tried(chain: TokenChain, authority: Authority) -> None:
    with pytest.raises(NeedsReauthError, match="refresh_token_expired"):
        chain.access_token(SHOP_ID, SHOP, NOW + timedelta(days=90))
    assert authority.refreshes == 0


def test_a_shop_that_never_opened_the_app_is_not_connected(store: MemoryTokenStore, door: TokenDoor) -> None:
    with pytest.raises(NeedsReauthError, match="not_connected"):
        TokenChain(store, door).access_token(3, "new-shop.myshopify.com", NOW)


@pytest.mark.usefixtures("authority")
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (answer({"error": "invalid_subject_token"}, status=400), InvalidSubjectToken()),
        (answer({"error": "invalid_request"}, status=400), TerminallyRefused(reason="invalid_request")),
        (Script(status=500), Transient(retry_after=30.0, reason="http_500")),
    ],
)
def test_an_exchange_that_fails_stores_nothing_and_can_be_repeated(
    store: MemoryTokenStore, door: TokenDoor, shopify: SmallShopify, script: Script, expected: object
) -> None:
    chain = TokenChain(store, door)
    shopify.play(script)
    assert chain.ensure_chain(SHOP_ID, SHOP, "id.token", NOW) == expected
    assert store.load(SHOP_ID) is None
    again = chain.ensure_chain(SHOP_ID, SHOP, "id.token", NOW)
    assert again == ChainReady(is_new=True, scopes=frozenset({"read_orders"}))


def test_ten_pages_opened_at_once_start_one_chain(
    store: MemoryTokenStore, door: TokenDoor, authority: Authority
) -> None:
    chain = TokenChain(store, door, wait=really_wait)
    gate = threading.Barrier(10)

    def open_page(_number: int) -> object:
        gate.wait()
        return chain.ensure_chain(SHOP_ID, SHOP, "id.token", NOW)

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(open_page, range(10)))
    assert sum(isinstance(ready, ChainReady) and ready.is_new for ready in found) == 1
    assert all(isinstance(ready, ChainReady) for ready in found)
    assert authority.exchanges == 1


class _Mortal(MemoryTokenStore):
    """A store whose process dies just before or just after one of its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.dies: tuple[str, str] | None = None
        self.is_dead = False

    def _mortal(self, moment: str, name: str) -> None:
        if self.dies == (moment, name):
            self.is_dead = True
        if self.is_dead:
            raise KilledError

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in {"load", "acquire_lease", "release_lease", "save", "mark_needs_reauth"}:
            return found

        def mortal(*arguments: Any, **named: Any) -> Any:
            self._mortal("before", name)
            result = found(*arguments, **named)
            self._mortal("after", name)
            return result

        return mortal


@pytest.mark.usefixtures("authority")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("write", ["acquire_lease", "save", "release_lease"])
def test_a_kill_at_any_point_of_a_refresh_loses_nothing(door: TokenDoor, moment: str, write: str) -> None:
    store = _Mortal()
    chain = TokenChain(store, door, wait=lambda _seconds: None)
    assert isinstance(chain.ensure_chain(SHOP_ID, SHOP, "id.token", NOW), ChainReady)
    store.dies = (moment, write)
    with pytest.raises(KilledError):
        chain.access_token(SHOP_ID, SHOP, LATER)
    store.dies, store.is_dead = None, False  # the next process
    after = LATER + LEASE + timedelta(seconds=1)
    assert chain.access_token(SHOP_ID, SHOP, after) == f"shpat_{SHOP}_101"
    assert store.load(SHOP_ID) == StoredChain(pair=stored(store))


def test_a_zombie_that_wakes_after_its_lease_overwrites_nothing(
    store: MemoryTokenStore, chain: TokenChain, shopify: SmallShopify
) -> None:
    successor_at = LATER + LEASE + timedelta(seconds=1)

    def another_worker_takes_over() -> None:
        assert chain.access_token(SHOP_ID, SHOP, successor_at) == f"shpat_{SHOP}_101"

    late = answer({"access_token": "shpat_zombie", "refresh_token": "shprt_zombie", "scope": ""})
    shopify.play(Script(body=late.body, before=another_worker_takes_over))
    assert chain.access_token(SHOP_ID, SHOP, LATER) == f"shpat_{SHOP}_101"
    assert stored(store).refresh_token == f"shprt_{SHOP}_101"


def test_a_zombies_bad_news_does_not_kill_the_successors_chain(
    store: MemoryTokenStore, chain: TokenChain, shopify: SmallShopify
) -> None:
    def another_worker_takes_over() -> None:
        chain.access_token(SHOP_ID, SHOP, LATER + LEASE + timedelta(seconds=1))

    refusal = answer({"error": "invalid_request"}, status=401)
    shopify.play(Script(status=401, body=refusal.body, before=another_worker_takes_over))
    assert chain.access_token(SHOP_ID, SHOP, LATER) == f"shpat_{SHOP}_101"
    assert store.load(SHOP_ID) == StoredChain(pair=stored(store))


def test_while_someone_else_refreshes_a_living_token_is_used_and_a_dead_one_waited_for(
    store: MemoryTokenStore, door: TokenDoor, chain: TokenChain
) -> None:
    soon = NOW + timedelta(minutes=57)
    assert store.acquire_lease(SHOP_ID, now=soon, until=soon + LEASE) is not None
    assert chain.access_token(SHOP_ID, SHOP, soon) == f"shpat_{SHOP}_100"
    waits: list[float] = []
    waiting = TokenChain(store, door, wait=waits.append)
    assert store.acquire_lease(SHOP_ID, now=LATER, until=LATER + LEASE) is not None
    assert waiting.access_token(SHOP_ID, SHOP, LATER) == f"shpat_{SHOP}_101"  # the holder had died
    assert sum(waits) == LEASE.total_seconds()


def test_a_rejected_token_is_renewed_once_for_everyone(chain: TokenChain, authority: Authority) -> None:
    first = chain.access_token(SHOP_ID, SHOP, NOW)
    renewed = chain.renew(SHOP_ID, SHOP, first, NOW)
    assert renewed == f"shpat_{SHOP}_101"
    assert chain.renew(SHOP_ID, SHOP, first, NOW) == renewed
    assert authority.refreshes == 1


def test_giving_up_kills_only_the_chain_that_was_rejected(chain: TokenChain, store: MemoryTokenStore) -> None:
    chain.give_up(SHOP_ID, "an older token", "token_rejected", NOW)
    assert store.load(SHOP_ID) == StoredChain(pair=stored(store))
    chain.give_up(SHOP_ID, f"shpat_{SHOP}_100", "token_rejected", NOW)
    assert store.load(SHOP_ID) == StoredChain(pair=stored(store), needs_reauth="token_rejected")


def test_a_dormant_shop_is_kept_alive_after_sixty_days(chain: TokenChain, authority: Authority) -> None:
    assert not chain.keep_alive(SHOP_ID, SHOP, NOW + timedelta(days=59))
    assert chain.keep_alive(SHOP_ID, SHOP, NOW + timedelta(days=61))
    assert not chain.keep_alive(SHOP_ID, SHOP, NOW + timedelta(days=62))
    assert authority.refreshes == 1


def test_the_lease_is_given_back_whatever_happens(
    chain: TokenChain, store: MemoryTokenStore, authority: Authority, shopify: SmallShopify
) -> None:
    def refused() -> None:
        authority.dead.add(SHOP)
        chain.access_token(SHOP_ID, SHOP, LATER)

    def unreachable() -> None:
        shopify.play(Script(hang_up=True))
        chain.access_token(SHOP_ID, SHOP, LATER)

    attempts: list[Callable[[], None]] = [unreachable, refused]
    for attempt in attempts:
        with pytest.raises((UnreachableError, NeedsReauthError)):
            attempt()
        lease = store.acquire_lease(SHOP_ID, now=LATER, until=LATER + LEASE)
        assert lease is not None
        store.release_lease(SHOP_ID, lease)
