"""From the first page load to a working shop; tokens sealed, and repaired when they die."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugin.core.keys import shop_id_of
from plugin.core.sealing import Sealer
from plugin.jobs.process_inbox import process_inbox
from plugin.jobs.upkeep import finish_connecting, keep_tokens_alive
from plugin.pipeline import forget
from plugin.pipeline.connect import Connector, SealedTokenStore
from plugin.shopify.fake import Misfortune
from plugin.shopify.fake_shop import FakeShop
from plugin.shopify.id_token import IdToken
from plugin.shopify.token_chain import LEASE, ChainReady, TokenChain
from plugin.shopify.tokens import (
    Exchanged,
    InvalidSubjectToken,
    TerminallyRefused,
    TokenDoor,
    TokenPair,
    Transient,
)
from plugin.store import imports, shops
from tests.builders import DAY, HOUR, MINUTE, NOW
from tests.pipeline.crashes import SimulatedCrash, restarted
from tests.pipeline.door import a_delivery, store
from tests.shopify.token_store_contract import TokenStoreContract
from tests.webhooks import shopify_bodies as bodies
from tests.world import World

NEW = "new-shop.myshopify.com"
NEW_ID = shop_id_of(NEW)
Answer = Exchanged | InvalidSubjectToken | TerminallyRefused | Transient


@dataclass
class FakeDoor(TokenDoor):
    """Shopify's OAuth endpoint: gives a pair each time, unless told otherwise."""

    exchanged: int = 0
    refreshed: int = 0
    answers: list[Answer] = field(default_factory=list)

    def exchange(self, shop: str, id_token: str, now: datetime) -> Answer:  # noqa: ARG002  # as its base
        self.exchanged += 1
        return self.answers.pop(0) if self.answers else Exchanged(pair=a_pair(self.exchanged, now))

    def refresh(
        self,
        shop: str,  # noqa: ARG002  # as its base
        refresh_token: str,  # noqa: ARG002
        now: datetime,
    ) -> Exchanged | TerminallyRefused | Transient:
        self.refreshed += 1
        answer = self.answers.pop(0) if self.answers else Exchanged(pair=a_pair(100 + self.refreshed, now))
        assert not isinstance(answer, InvalidSubjectToken)
        return answer


def a_pair(number: int, now: datetime) -> TokenPair:
    return TokenPair(
        access_token=f"shpat_canary_{number}",
        refresh_token=f"shprt_canary_{number}",
        expires_at=now + HOUR,
        refresh_expires_at=now + 90 * DAY,
        scopes=frozenset({"read_orders"}),
    )


@dataclass
class Office:
    """A world in which a shop can be connected."""

    world: World
    door: FakeDoor
    connector: Connector
    chain: TokenChain

    def visit(self, shop: str = NEW) -> object:
        now = self.world.clock.at
        verified = IdToken(
            shop=shop, shop_id=shop_id_of(shop), user_id=1, session_id="s", expires_at=now + MINUTE
        )
        return self.connector.connect("id-token", verified, now)

    def shop(self) -> shops.Shop:
        return self.world.shop(NEW)


@pytest.fixture
def office(world: World) -> Office:
    world.admin.shops[NEW_ID] = FakeShop(domain=NEW, name="Tea", currency="JPY", timezone="Asia/Tokyo")
    return an_office(world, FakeDoor())


def an_office(world: World, door: FakeDoor) -> Office:
    sealer = Sealer(world.house.settings.secret_keys)
    tokens = SealedTokenStore(world.database, sealer, world.clock.now)
    chain = TokenChain(tokens, door, wait=lambda _: None)
    connector = replace(world.house.tools.connector, chain=chain, api=world.admin)
    return Office(world=world, door=door, connector=connector, chain=chain)


def test_the_first_visit_installs_the_shop_as_it_describes_itself(office: Office) -> None:
    shop = office.visit()
    assert isinstance(shop, shops.Shop)
    assert (shop.state, shop.generation, shop.installed_at) == ("installed", 1, NOW)
    assert (shop.name, shop.currency, shop.timezone) == ("Tea", "JPY", "Asia/Tokyo")
    assert "Leaf Street 1" in shop.postal_address
    assert shop.scopes is not None
    assert set(shop.scopes) == set(a_pair(1, NOW).scopes)
    with office.world.database.reading(NEW_ID) as unit:
        assert {item.kind: item.state for item in imports.of_shop(unit)} == {
            "customers": "requested",
            "orders": "requested",
        }


def test_the_second_visit_exchanges_nothing_and_changes_nothing(office: Office) -> None:
    first = office.visit()
    assert office.visit() == first
    assert office.door.exchanged == 1
    changes = office.world.rows("SELECT * FROM shop_changes WHERE shop_id = :new", new=NEW_ID)
    assert [row.change for row in changes if row.change.startswith("state:")] == ["state:installed"]


@pytest.mark.parametrize(
    "refusal",
    [InvalidSubjectToken(), TerminallyRefused(reason="no"), Transient(retry_after=1.0, reason="http_503")],
    ids=lambda refusal: type(refusal).__name__,
)
def test_a_shop_is_not_installed_without_tokens(office: Office, refusal: Answer) -> None:
    office.door.answers = [refusal]
    assert office.visit() == refusal
    assert office.shop().state == "pending"
    assert isinstance(office.visit(), shops.Shop)
    assert office.shop().state == "installed"


def test_deliveries_that_came_before_are_understood_after(office: Office) -> None:
    world = office.world
    store(world, a_delivery(world, "customers/create", bodies.a_customer(), shop=NEW))
    process_inbox(world.house.tools, NOW)
    assert world.rows("SELECT * FROM customers WHERE shop_id = :new", new=NEW_ID) == []
    office.visit()
    process_inbox(world.house.tools, NOW)
    assert len(world.rows("SELECT * FROM customers WHERE shop_id = :new", new=NEW_ID)) == 1


def test_a_shop_that_needs_its_merchant_recovers_with_the_next_visit(office: Office) -> None:
    office.visit()
    office.world.clock.at += 2 * HOUR
    office.door.answers = [TerminallyRefused(reason="invalid_request")]
    with pytest.raises(Exception, match="invalid_request"):
        office.chain.access_token(NEW_ID, NEW, office.world.clock.at)
    assert office.shop().state == "needs_reauth"

    shop = office.visit()
    assert isinstance(shop, shops.Shop)
    assert (shop.state, shop.generation, office.door.exchanged) == ("installed", 1, 2)
    with office.world.database.reading(NEW_ID) as unit:
        assert len(imports.of_shop(unit)) == 2


def test_a_shop_that_left_and_came_back_is_a_new_installation(office: Office) -> None:
    office.visit()
    office.world.clock.at += DAY
    with office.world.database.unit(NEW_ID) as unit:
        forget.uninstall(unit, office.world.clock.at, office.world.clock.at)
    office.world.clock.at += DAY
    shop = office.visit()
    assert isinstance(shop, shops.Shop)
    assert (shop.state, shop.generation, shop.uninstalled_at) == ("installed", 2, None)
    assert office.door.exchanged == 2


def test_a_refresh_under_way_does_not_bring_back_the_tokens_of_a_shop_that_left(office: Office) -> None:
    office.visit()
    tokens = office.chain._store
    lease = tokens.acquire_lease(NEW_ID, now=NOW, until=NOW + LEASE)
    assert lease is not None
    with office.world.database.unit(NEW_ID) as unit:
        forget.uninstall(unit, NOW + MINUTE, NOW + MINUTE)
    assert not tokens.save(NEW_ID, a_pair(9, NOW), lease)
    found = tokens.load(NEW_ID)
    assert found is not None
    assert (found.pair, found.needs_reauth) == (None, "uninstalled")


def test_a_shop_whose_currency_is_not_known_is_not_installed_until_it_is(office: Office) -> None:
    """A yen order read as dollars would be wrong by a hundred: the webhooks wait, and nothing is lost."""
    world = office.world
    tools = replace(world.house.tools, connector=office.connector)
    store(world, a_delivery(world, "customers/create", bodies.a_customer(), shop=NEW))
    world.admin.befall("shop_details", *[Misfortune.NEVER_ARRIVED] * 2)
    assert office.visit() == Transient(retry_after=60.0, reason="shop_not_described")
    process_inbox(tools, NOW)
    assert (office.shop().state, world.rows("SELECT * FROM customers WHERE shop_id = :n", n=NEW_ID)) == (
        "pending",
        [],
    )
    assert finish_connecting(tools, NOW + MINUTE) == 0
    assert finish_connecting(tools, NOW + 2 * MINUTE) == 1
    assert finish_connecting(tools, NOW + 3 * MINUTE) == 0
    shop = office.shop()
    assert (shop.state, shop.generation, shop.currency, shop.scopes) == (
        "installed",
        1,
        "JPY",
        ("read_orders",),
    )
    process_inbox(tools, NOW)
    assert len(world.rows("SELECT * FROM customers WHERE shop_id = :n", n=NEW_ID)) == 1
    assert office.visit() == shop
    assert office.door.exchanged == 1


def test_a_shop_that_is_known_is_connected_again_without_being_asked(office: Office) -> None:
    office.visit()
    office.world.clock.at += DAY
    with office.world.database.unit(NEW_ID) as unit:
        forget.uninstall(unit, office.world.clock.at, office.world.clock.at)
    office.world.admin.befall("shop_details", Misfortune.NEVER_ARRIVED)
    shop = office.visit()
    assert isinstance(shop, shops.Shop)
    assert (shop.state, shop.currency) == ("installed", "JPY")


@pytest.mark.parametrize("method", ["_install", "describe"])
def test_a_crash_while_connecting_is_made_good_by_the_next_visit(
    office: Office, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def die(*_: object) -> None:
        raise SimulatedCrash

    with monkeypatch.context() as patch:
        patch.setattr(Connector, method, die)
        with pytest.raises(SimulatedCrash):
            office.visit()
    again = an_office(restarted(office.world), office.door)
    shop = again.visit()
    assert isinstance(shop, shops.Shop)
    assert (shop.state, shop.currency, office.door.exchanged) == ("installed", "JPY", 1)
    again.world.house.close()


def test_a_dormant_shops_tokens_are_refreshed_before_they_die(office: Office) -> None:
    office.visit()
    world = office.world
    tools = replace(world.house.tools, chain=office.chain)
    assert keep_tokens_alive(tools, NOW + 59 * DAY) == 0
    assert keep_tokens_alive(tools, NOW + 61 * DAY) == 1
    assert keep_tokens_alive(tools, NOW + 61 * DAY) == 0
    assert office.door.refreshed == 1


def test_no_token_is_readable_in_the_database(office: Office) -> None:
    office.visit()
    assert isinstance(office.chain.access_token(NEW_ID, NEW, NOW), str)
    (row,) = office.world.rows("SELECT * FROM shop_tokens WHERE shop_id = :new", new=NEW_ID)
    assert row.sealed
    assert "canary" not in row.sealed
    name = office.world.database.engine.url.database or ""
    if office.world.database.engine.dialect.name == "sqlite":
        files = [path for path in Path(name).parent.iterdir() if path.is_file()]
        assert files
        assert [path.name for path in files if b"canary" in path.read_bytes()] == []


def test_the_chain_is_ready_and_not_new_on_the_second_asking(office: Office) -> None:
    office.visit()
    ready = office.chain.ensure_chain(NEW_ID, NEW, "id-token", NOW)
    assert ready == ChainReady(is_new=False, scopes=frozenset({"read_orders"}))


class TestSealedTokens(TokenStoreContract):
    """The database keeps what the contract of token stores asks for."""

    @pytest.fixture
    def tokens(self, world: World) -> SealedTokenStore:
        return SealedTokenStore(world.database, Sealer(world.house.settings.secret_keys), world.clock.now)

    def test_a_token_that_no_key_opens_asks_for_a_new_visit(self, world: World) -> None:
        clock = world.clock
        store_ = SealedTokenStore(world.database, Sealer(["the first key, long enough"]), clock.now)
        lease = store_.acquire_lease(world.shop_id, now=NOW, until=NOW + LEASE)
        assert lease is not None
        assert store_.save(world.shop_id, a_pair(1, NOW), lease)
        bereft = SealedTokenStore(world.database, Sealer(["another key, as long as that"]), clock.now)
        chain = bereft.load(world.shop_id)
        assert chain is not None
        assert (chain.pair, chain.needs_reauth) == (None, "unreadable_token")
        assert world.shop().state == shops.NEEDS_REAUTH

    def test_a_key_that_is_being_rotated_still_opens_what_the_old_one_sealed(self, world: World) -> None:
        old, new = "the old key, long enough for a test", "the new key, long enough for a test"
        before = SealedTokenStore(world.database, Sealer((old,)), world.clock.now)
        lease = before.acquire_lease(1, now=NOW, until=NOW + timedelta(seconds=45))
        assert lease is not None
        before.save(1, a_pair(1, NOW), lease)
        after = SealedTokenStore(world.database, Sealer((new, old)), world.clock.now)
        found = after.load(1)
        assert found is not None
        assert found.pair == a_pair(1, NOW)
