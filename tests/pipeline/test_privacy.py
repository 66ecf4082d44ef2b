"""People leave, ask what we know, and are forgotten; shops leave and are forgotten too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import MetaData, select

from plugin.core.events import ConsentState
from plugin.core.identity import digest
from plugin.core.keys import shop_id_of
from plugin.jobs.loyalty_rewards import loyalty_rewards
from plugin.jobs.upkeep import finish_erasures
from plugin.pipeline import forget
from plugin.pipeline.tagging import tag_members
from plugin.pipeline.unsubscribe import unsubscribe
from plugin.store import customers, ledger, outbox, privacy, shops
from plugin.store.columns import Row
from plugin.store.inbox import inbox_engine
from plugin.store.tables.inbox import inbox_metadata
from tests.builders import DAY, HOUR, MINA, MINA_ID, MINUTE, NOW, a_consent, a_record
from tests.pipeline.door import arrive
from tests.pipeline.stories import abandons, mina, of, orders
from tests.webhooks import shopify_bodies as bodies
from tests.world import OTHER_SHOP, SHOP, World

EMAIL, PHONE = "canary.mina@example.com", "+4915112345678"
CANARIES = (EMAIL, PHONE, "Canaryfirst", "Canarylast", "checkout-canary", "cart-canary")
SOMEBODY_ELSE = "a.canary.mina@example.com"  # whose address ends like the other's
MINA_GONE = {"shop_domain": SHOP, "customer": {"id": MINA_ID, "email": EMAIL, "phone": PHONE}}


def a_customer_body(**changes: Any) -> dict[str, Any]:
    contact = {"first_name": "Canaryfirst", "last_name": "Canarylast", "email": EMAIL, "phone": PHONE}
    return bodies.a_customer(**{"id": MINA_ID, "updated_at": NOW.isoformat(), **contact, **changes})


def an_order_body(number: int = 1, *, placed_at: Any = NOW, **changes: Any) -> dict[str, Any]:
    person = {"id": MINA_ID, "email": EMAIL, "first_name": "Canaryfirst", "last_name": "Canarylast"}
    moment = placed_at.isoformat()
    return bodies.an_order(
        **{
            "id": 555000 + number,
            "email": EMAIL,
            "contact_email": EMAIL,
            "customer": {**person, "phone": None, "default_address": {"country_code": "DE"}},
            "checkout_token": "checkout-canary",
            "cart_token": "cart-canary",
            "created_at": moment,
            "processed_at": moment,
            "updated_at": moment,
            **changes,
        }
    )


def a_redact_body(**customer: Any) -> dict[str, Any]:
    return bodies.a_customer_redact(
        shop_domain=SHOP, customer=customer or MINA_GONE["customer"], orders_to_redact=[555001]
    )


def contents(world: World) -> Iterator[tuple[str, str]]:
    """Every value of every row of every table that there is, inbox included, as lower-case text."""
    inbox = inbox_engine(world.house.settings.database_url)
    is_apart = inbox.dialect.name == "sqlite"
    for engine in (world.database.engine, inbox) if is_apart else (inbox,):
        found = MetaData()
        found.reflect(engine)
        with engine.connect() as connection:
            for table in found.sorted_tables:
                for row in connection.execute(select(table)):
                    for name, value in row._mapping.items():
                        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                        yield f"{table.name}.{name}", text.lower()
    inbox.dispose()


def places_of(world: World, *words: str) -> set[str]:
    return {place for place, text in contents(world) for word in words if word.lower() in text}


@pytest.fixture
def known(world: World) -> World:
    """A customer of whom every table has something to say."""
    arrive(world, "customers/create", a_customer_body())
    arrive(world, "customers_email_marketing_consent/update", _consent_body())
    arrive(world, "orders/create", an_order_body(1, placed_at=NOW - HOUR, line_items=[_dear_line()]))
    arrive(world, "checkouts/create", _checkout_body())
    world.pass_time(2 * HOUR)
    assert len(world.mail.sent) == 2
    with world.database.unit(world.shop_id) as unit:
        tag_members(
            unit, shops.get(unit), "everyone", tag="All", keeps_in_step=False, now=NOW, author="merchant:7"
        )
        for message in world.mail.sent:
            outbox.keep_in_mailbox(
                unit,
                effect_key=message.effect_key,
                recipient=message.to,
                subject=message.subject,
                sent_at=NOW,
                raw=message.text.encode(),
            )
    return world


def _consent_body() -> dict[str, Any]:
    said = bodies.a_consent(at=NOW.isoformat())
    return {**said, "customer_id": MINA_ID, "email_address": EMAIL}


def _dear_line() -> dict[str, Any]:
    return bodies.a_line(price="700.00", price_set=bodies.money("700.00"))


def _checkout_body() -> dict[str, Any]:
    person = {"id": MINA_ID, "email": EMAIL, "first_name": "Canaryfirst", "last_name": "Canarylast"}
    moment = (NOW + MINUTE).isoformat()
    return bodies.a_checkout(
        token="checkout-canary-2",
        cart_token="cart-canary-2",
        email=EMAIL,
        customer=person,
        created_at=moment,
        updated_at=moment,
        completed_at=None,
    )


def forget_mina(world: World, **customer: Any) -> None:
    arrive(world, "customers/redact", a_redact_body(**customer))
    finish_erasures(world.house.tools, world.clock.at)


def test_the_fixture_knows_the_person_in_every_table_about_people(known: World) -> None:
    tables = {place.partition(".")[0] for place in places_of(known, *CANARIES, str(MINA_ID))}
    personal = {str(model.__tablename__) for model in privacy.PERSONAL}
    assert personal | {"mailbox", "inbox"} <= tables


@pytest.mark.parametrize(
    "named",
    [
        {"id": MINA_ID, "email": EMAIL, "phone": PHONE},
        {"id": MINA_ID},
        {"email": EMAIL},
        {"email": EMAIL.upper(), "id": None, "phone": None},
    ],
    ids=["by all names", "by id", "by email", "by email in capitals"],
)
def test_nothing_of_a_forgotten_person_is_left_in_any_column(known: World, named: dict[str, Any]) -> None:
    forget_mina(known, **named)
    assert places_of(known, *CANARIES) == set()
    (request,) = known.rows("SELECT * FROM privacy_requests WHERE shop_id = :shop_id")
    assert (request.kind, request.state) == ("customer_redact", "done")


def test_the_ledger_keeps_its_sums_and_the_shop_its_totals(known: World) -> None:
    issued = "SELECT sum(points) FROM postings WHERE shop_id = :shop_id AND account = 'issued'"
    before = known.rows(issued)[0][0]
    forget_mina(known)
    assert known.rows(issued)[0][0] == before == -1400
    assert known.rows("SELECT sum(points) FROM postings WHERE shop_id = :shop_id")[0][0] == 0
    with known.database.reading(known.shop_id) as unit:
        assert ledger.balance_of(unit, MINA_ID) == 0


def test_late_news_of_an_old_order_does_not_bring_the_person_back(known: World) -> None:
    forget_mina(known)
    known.clock.at += DAY
    late = an_order_body(1, placed_at=NOW - HOUR, updated_at=known.clock.at.isoformat())
    arrive(known, "orders/updated", late)
    arrive(known, "customers/update", a_customer_body())
    assert known.rows("SELECT * FROM customers WHERE shop_id = :shop_id") == []
    assert known.rows("SELECT * FROM events WHERE shop_id = :shop_id") == []


def test_who_orders_again_later_is_a_new_customer(known: World) -> None:
    forget_mina(known)
    known.clock.at += DAY
    arrive(known, "orders/create", an_order_body(2, placed_at=known.clock.at))
    (person,) = known.rows("SELECT * FROM customers WHERE shop_id = :shop_id")
    assert (person.customer_id, person.orders_count, person.is_mailable) == (MINA_ID, 1, False)
    with known.database.reading(known.shop_id) as unit:
        assert ledger.balance_of(unit, MINA_ID) == person.points > 0


def test_being_asked_twice_and_for_somebody_unknown_changes_nothing(known: World) -> None:
    forget_mina(known)
    before = sorted(place for place, _ in contents(known))
    forget_mina(known)
    arrive(known, "customers/redact", bodies.a_customer_redact(shop_domain=SHOP))
    assert finish_erasures(known.house.tools, known.clock.at) == 1
    after = sorted(place for place, _ in contents(known))
    assert [place for place in after if not place.startswith(("inbox", "privacy", "tombstones"))] == [
        place for place in before if not place.startswith(("inbox", "privacy", "tombstones"))
    ]
    assert finish_erasures(known.house.tools, known.clock.at) == 0


def test_nobody_else_is_touched(known: World) -> None:
    """Somebody whose address ends in the forgotten one, and an order whose number begins with the forgotten id."""
    other = a_customer_body(id=int(f"{MINA_ID}1"), email=SOMEBODY_ELSE, phone=None, first_name="Zoe")
    arrive(known, "customers/create", {**other, "last_name": "Zorn"})
    arrive(known, "customers/create", {**a_customer_body(), "id": MINA_ID}, shop=OTHER_SHOP)
    forget_mina(known)

    left = {"a." + EMAIL, "zorn"}
    texts = [text for place, text in contents(known) if place == "inbox.body"]
    assert [text for text in texts if all(word in text for word in left)]
    names = known.rows("SELECT first_name FROM customers ORDER BY first_name")
    assert [row.first_name for row in names] == ["Canaryfirst", "Zoe"]


def test_what_arrives_after_the_request_is_not_swallowed_by_it(known: World) -> None:
    arrive(known, "customers/redact", a_redact_body())
    known.clock.at += MINUTE
    arrive(known, "orders/create", an_order_body(2, placed_at=known.clock.at))
    finish_erasures(known.house.tools, known.clock.at)
    texts = [text for place, text in contents(known) if place == "inbox.body" and EMAIL in text]
    assert len(texts) == 1


def test_a_guest_who_was_taken_in_by_an_account_is_forgotten_with_it(world: World) -> None:
    world.hear(of(a_record(email=EMAIL), shopify_id=None, email=EMAIL))
    guest = world.rows("SELECT customer_id FROM customers WHERE shop_id = :shop_id")[0].customer_id
    assert guest < 0
    world.hear(of(a_record(at=NOW + MINUTE, email=EMAIL), email=EMAIL))
    forget_mina(world)
    assert places_of(world, EMAIL, str(guest)) == set()


def test_a_data_request_lists_the_customers_and_the_export_is_complete(known: World) -> None:
    body = bodies.a_data_request(shop_domain=SHOP, customer=MINA_GONE["customer"], orders_requested=[])
    arrive(known, "customers/data_request", body)
    (request,) = known.rows("SELECT * FROM privacy_requests WHERE shop_id = :shop_id")
    assert (request.kind, request.state) == ("data_request", "ready")
    with known.database.reading(known.shop_id) as unit:
        assert privacy.of_shop(unit)[0].summary == {"customers": str(MINA_ID)}
        export = forget.export_customer(unit, MINA_ID)
    personal = {str(model.__tablename__) for model in privacy.PERSONAL}
    assert {table for table, rows in export.items() if rows} >= personal
    has_customer = {name for name, table in Row.metadata.tables.items() if "customer_id" in table.columns}
    assert set(export) == has_customer - {"segment_syncs"}  # there it is a place in a walk


# Leaving the list


def leave(world: World, at: Any = None) -> bool:
    with world.database.unit(world.shop_id) as unit:
        return unsubscribe(unit, world.shop(), MINA_ID, source="one_click", now=at or world.clock.at)


def test_who_unsubscribes_is_believed_at_once_and_shopify_hears_of_it(world: World) -> None:
    world.hear(*mina())
    assert leave(world)
    (person,) = world.rows("SELECT * FROM customers WHERE shop_id = :shop_id")
    assert (person.consent_email, person.is_mailable) == ("unsubscribed", False)
    world.pass_time(timedelta(0))
    (written,) = world.admin.shops[world.shop_id].consent_writes
    assert (written.customer_gid, written.state) == (f"gid://shopify/Customer/{MINA_ID}", "UNSUBSCRIBED")


def test_unsubscribing_again_changes_nothing(world: World) -> None:
    world.hear(*mina())
    leave(world)
    before = sorted(contents(world))
    assert leave(world, NOW + HOUR)
    assert sorted(contents(world)) == before


def test_nobody_by_that_id_is_no_error(world: World) -> None:
    assert not leave(world)


def test_a_new_yes_lifts_it_and_a_late_old_one_does_not(world: World) -> None:
    world.hear(*mina())
    leave(world)
    world.hear(of(a_consent(at=NOW - HOUR)))
    assert world.rows("SELECT reason FROM suppressions WHERE shop_id = :shop_id")[0].reason == "unsubscribed"

    world.hear(of(a_consent(at=NOW + HOUR)))
    assert world.rows("SELECT * FROM suppressions WHERE shop_id = :shop_id") == []
    world.hear(abandons(at=NOW + HOUR))
    world.pass_time(2 * HOUR)
    assert len(world.mail.sent) == 1


def test_who_leaves_before_we_heard_their_yes_has_still_left(world: World) -> None:
    world.hear(of(a_record(email=MINA)))
    leave(world)
    world.hear(of(a_consent(at=NOW - HOUR)), abandons())
    world.pass_time(HOUR)
    assert world.mail.sent == []
    assert world.rows("SELECT * FROM suppressions WHERE shop_id = :shop_id") != []


def test_a_yes_does_not_lift_what_a_bounce_forbade(world: World) -> None:
    world.hear(*mina())
    with world.database.unit(world.shop_id) as unit:
        shop = shops.get(unit)
        address = digest(shop.salt, f"email:{MINA}")
        customers.suppress(unit, channel="email", digest=address, reason="mailbox_unknown", at=NOW)
    leave(world)
    world.hear(of(a_consent(at=NOW + HOUR)))
    (found,) = world.rows("SELECT reason FROM suppressions WHERE shop_id = :shop_id")
    assert found.reason == "mailbox_unknown"


def test_an_opt_out_is_remembered_after_the_person_is_forgotten(known: World) -> None:
    leave(known)
    forget_mina(known)
    known.clock.at += DAY
    arrive(known, "orders/create", an_order_body(2, placed_at=known.clock.at))
    said = of(a_consent(ConsentState.SUBSCRIBED, at=NOW - DAY), email=EMAIL)
    known.hear(replace(said, links=()))
    with known.database.reading(known.shop_id) as unit:
        address = digest(known.shop().salt, f"email:{EMAIL}")
        assert customers.suppression_of(unit, channel="email", digest=address) == "unsubscribed"


# Shops that leave


def uninstall(world: World, *, triggered_at: Any = None) -> None:
    body = bodies.a_shop_resource(domain=SHOP, myshopify_domain=SHOP)
    arrive(world, "app/uninstalled", body, triggered_at=triggered_at)


def redact_shop(world: World, *, triggered_at: Any = None) -> None:
    arrive(world, "shop/redact", bodies.a_shop_redact(shop_domain=SHOP), triggered_at=triggered_at)
    finish_erasures(world.house.tools, world.clock.at)


def test_an_uninstall_stops_everything_and_later_webhooks_are_set_aside(known: World) -> None:
    known.clock.at += DAY
    uninstall(known)
    assert known.shop().state == "uninstalled"
    running = known.rows("SELECT * FROM enrollments WHERE shop_id = :shop_id AND ended_at IS NULL")
    assert running == []
    sent = len(known.mail.sent)
    arrive(known, "orders/create", an_order_body(2, placed_at=known.clock.at))
    known.pass_time(30 * DAY)
    assert len(known.mail.sent) == sent
    assert known.house.tools.inbox.counts(known.shop_id)["ignored"] == 1


def test_an_uninstall_gives_back_the_points_of_a_code_that_will_never_be(world: World) -> None:
    world.hear(*mina(), orders(1, product_minor=60_000))
    loyalty_rewards(world.house.tools, world.clock.at)
    assert world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0].points == 100
    uninstall(world, triggered_at=NOW + MINUTE)
    assert world.rows("SELECT points FROM customers WHERE shop_id = :shop_id")[0].points == 600
    assert world.rows("SELECT state FROM redemptions WHERE shop_id = :shop_id")[0].state == "failed"
    with world.database.reading(world.shop_id) as unit:
        assert ledger.balance_of(unit, MINA_ID) == 600


def test_an_uninstall_that_is_older_than_the_installation_is_ignored(known: World) -> None:
    uninstall(known, triggered_at=NOW - MINUTE)
    assert known.shop().state == "installed"


def test_nothing_of_a_forgotten_shop_is_left_but_the_record_of_it(known: World) -> None:
    arrive(known, "customers/create", a_customer_body(email="zoe@example.com"), shop=OTHER_SHOP)
    known.clock.at += DAY
    uninstall(known)
    known.clock.at += 2 * DAY
    redact_shop(known)
    assert [place for place in places_of(known, *CANARIES) if not _is_of_other_shop(known, place)] == []
    left = {
        name
        for name in Row.metadata.tables
        if known.rows(f"SELECT 1 FROM {name} WHERE shop_id = :shop_id")  # noqa: S608  # our own names
    }
    assert left == {"privacy_requests", "shops"}
    assert known.shop().state == "pending"
    assert known.shop(OTHER_SHOP).state == "installed"
    assert len(known.rows("SELECT * FROM customers")) == 1


def _is_of_other_shop(world: World, place: str) -> bool:
    table, _, column = place.partition(".")
    if table == "inbox":  # a file of its own on SQLite
        kept = world.house.tools.inbox.of_shop(world.shop_id)
        return not any(EMAIL in delivery.body.decode() for delivery in kept)
    mine = world.rows(f"SELECT {column} FROM {table} WHERE shop_id = :shop_id")  # noqa: S608  # our own names
    return not any(EMAIL in str(row[0]) for row in mine)


def test_a_shop_that_was_installed_again_is_not_erased_for_its_past(known: World) -> None:
    uninstall(known, triggered_at=NOW + HOUR)
    known.clock.at = NOW + DAY
    with known.database.unit(known.shop_id) as unit:
        shops.set_state(
            unit,
            shops.INSTALLED,
            at=known.clock.at,
            reason="",
            author="",
            generation=2,
            installed_at=known.clock.at,
        )
    known.clock.at = NOW + 2 * DAY + HOUR
    redact_shop(known)
    assert known.shop().state == "installed"
    assert len(known.rows("SELECT * FROM customers WHERE shop_id = :shop_id")) == 1


def test_the_inbox_table_is_the_only_one_outside_the_main_metadata() -> None:
    """The scan above reads what is there; this says what should be."""
    assert set(inbox_metadata.tables) == {"inbox"}
    assert shop_id_of(SHOP) != shop_id_of(OTHER_SHOP)
