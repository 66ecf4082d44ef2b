"""What any token store must do, in memory or in a database. Inherit and provide the `tokens` fixture."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from plugin.shopify.token_chain import LEASE, StoredChain, TokenStore
from plugin.shopify.tokens import TokenPair

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SHOP_ID, OTHER_ID = 1, 2


def a_pair(number: int = 1) -> TokenPair:
    return TokenPair(
        access_token=f"shpat_{number}",
        refresh_token=f"shprt_{number}",
        expires_at=NOW + timedelta(hours=1),
        refresh_expires_at=NOW + timedelta(days=90),
        scopes=frozenset({"read_orders", "write_discounts"}),
    )


def lease(tokens: TokenStore, shop_id: int = SHOP_ID, *, now: datetime = NOW) -> int:
    held = tokens.acquire_lease(shop_id, now=now, until=now + LEASE)
    assert held is not None
    return held


class TokenStoreContract:
    def test_an_unknown_shop_has_no_chain(self, tokens: TokenStore) -> None:
        assert tokens.load(SHOP_ID) is None

    def test_a_lease_alone_is_not_a_chain(self, tokens: TokenStore) -> None:
        lease(tokens)
        found = tokens.load(SHOP_ID)
        assert found is None or found.pair is None

    def test_what_was_saved_is_loaded_whole_and_for_its_own_shop_only(self, tokens: TokenStore) -> None:
        assert tokens.save(SHOP_ID, a_pair(), lease(tokens))
        assert tokens.load(SHOP_ID) == StoredChain(pair=a_pair())
        assert tokens.load(OTHER_ID) is None

    def test_a_lease_is_held_by_one_until_it_is_released(self, tokens: TokenStore) -> None:
        held = lease(tokens)
        assert tokens.acquire_lease(SHOP_ID, now=NOW, until=NOW + LEASE) is None
        assert tokens.acquire_lease(OTHER_ID, now=NOW, until=NOW + LEASE) is not None
        tokens.release_lease(SHOP_ID, held)
        assert lease(tokens) > held

    def test_a_lease_ends_by_itself(self, tokens: TokenStore) -> None:
        held = lease(tokens)
        assert (
            tokens.acquire_lease(SHOP_ID, now=NOW + LEASE - timedelta(seconds=1), until=NOW + 2 * LEASE)
            is None
        )
        assert lease(tokens, now=NOW + LEASE) > held

    def test_releasing_an_old_lease_leaves_the_newer_one_alone(self, tokens: TokenStore) -> None:
        old = lease(tokens)
        lease(tokens, now=NOW + LEASE)
        tokens.release_lease(SHOP_ID, old)
        assert tokens.acquire_lease(SHOP_ID, now=NOW + LEASE, until=NOW + 2 * LEASE) is None

    def test_a_save_under_an_old_lease_changes_nothing(self, tokens: TokenStore) -> None:
        old = lease(tokens)
        newer = lease(tokens, now=NOW + LEASE)
        assert tokens.save(SHOP_ID, a_pair(2), newer)
        assert not tokens.save(SHOP_ID, a_pair(1), old)
        assert not tokens.mark_needs_reauth(SHOP_ID, "invalid_request", old)
        assert tokens.load(SHOP_ID) == StoredChain(pair=a_pair(2))

    def test_a_dead_chain_says_why_until_a_new_one_is_saved(self, tokens: TokenStore) -> None:
        held = lease(tokens)
        tokens.save(SHOP_ID, a_pair(1), held)
        assert tokens.mark_needs_reauth(SHOP_ID, "invalid_request", held)
        assert tokens.load(SHOP_ID) == StoredChain(pair=a_pair(1), needs_reauth="invalid_request")
        assert tokens.save(SHOP_ID, a_pair(2), held)
        assert tokens.load(SHOP_ID) == StoredChain(pair=a_pair(2))

    def test_of_eight_who_ask_at_once_one_gets_the_lease(self, tokens: TokenStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            asked = pool.map(lambda _: tokens.acquire_lease(SHOP_ID, now=NOW, until=NOW + LEASE), range(8))
            assert sum(held is not None for held in asked) == 1
