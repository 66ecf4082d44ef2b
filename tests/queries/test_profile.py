"""A customer's page in full: what was bought, where they stand, what to expect, and how they can be reached."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugin.core.events import ConsentState, CustomerEvent, Line, OrderChanged
from plugin.core.lifecycle.stages import Stage
from plugin.queries.profile import Profile, profile
from plugin.store import customers, shops
from tests.builders import DAY, HOUR, MINA, MINA_ID, NOW, a_consent, a_record, a_refund
from tests.pipeline.stories import mina, of, orders
from tests.world import OTHER_SHOP, SHOP, World, a_world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    is_sqlite = request.param == "sqlite"
    url = request.getfixturevalue("sqlite_url" if is_sqlite else "migrated_postgres_url")
    made = a_world(url, migrated=not is_sqlite)
    made.install(SHOP)
    made.install(OTHER_SHOP)
    yield made
    made.close()


def of_mina(world: World, customer_id: int = MINA_ID) -> Profile:
    with world.database.reading(world.shop_id) as unit:
        return profile(unit, shops.get(unit), customer_id, world.clock.at)


def with_lines(order: CustomerEvent, *lines: Line, codes: tuple[str, ...] = ()) -> CustomerEvent:
    assert isinstance(order, OrderChanged)
    return replace(order, lines=lines, discount_codes=codes, source="web")


TEA = Line(title="Darjeeling", quantity=2, total_minor=3000, product_id=11, product_type="Tea")
POT = Line(title="Pot", quantity=1, total_minor=2000, product_id=12, product_type="Ware")
GIFT = Line(title="By hand", quantity=1, total_minor=500)


def test_what_was_bought_is_shown_by_product_and_by_category(world: World) -> None:
    world.hear(*mina(NOW - 90 * DAY))
    world.hear(with_lines(orders(1, at=NOW - 60 * DAY), TEA, POT, codes=("Spring",)))
    world.hear(with_lines(orders(2, at=NOW - DAY, product_minor=3500), TEA, GIFT))

    shown = of_mina(world)

    assert [(t.name, t.product_id, t.orders, t.quantity, t.value_minor) for t in shown.products] == [
        ("Darjeeling", 11, 2, 4, 6000),
        ("Pot", 12, 1, 1, 2000),
        ("By hand", None, 1, 1, 500),
    ]
    assert [(c.name, c.orders, c.value_minor) for c in shown.categories] == [
        ("Tea", 2, 6000),
        ("Ware", 1, 2000),
        (None, 1, 500),
    ]
    assert [(o.order_id, o.net_minor, o.codes, o.channel) for o in shown.orders] == [
        (2, 3500, (), "web"),
        (1, 5000, ("spring",), "web"),
    ]
    assert shown.orders_placed == 2
    assert shown.facts is not None
    assert (shown.facts.orders_count, shown.facts.discount_share) == (2, 50)


def test_what_came_back_is_no_purchase_any_more(world: World) -> None:
    world.hear(*mina(NOW - 90 * DAY), with_lines(orders(1, at=NOW - 60 * DAY), TEA, POT))
    world.hear(of(a_refund(1, order_id=1, product_minor=5000), "order:1"))

    shown = of_mina(world)

    assert shown.products == ()
    assert [(o.is_purchase, o.refunded_minor, o.net_minor) for o in shown.orders] == [(False, 5000, 0)]
    assert shown.facts is not None
    assert (shown.facts.refunded_orders, shown.facts.refund_share, shown.facts.orders_count) == (1, 100, 0)


def test_a_stage_says_since_when_why_and_what_comes_next(world: World) -> None:
    world.hear(*mina(NOW - 2 * DAY), orders(1, at=NOW - DAY))

    stage = of_mina(world).stage

    assert (stage.stage, stage.since, stage.reason) == (Stage.NEW, NOW - DAY, "order")
    assert stage.next_stage is Stage.AT_RISK
    assert stage.next_at is not None
    assert stage.next_at > NOW
    with world.database.reading(world.shop_id) as unit:
        assert stage.next_at == customers.load(unit, [MINA_ID])[MINA_ID].standing.next_change_at


def test_consent_is_shown_with_its_proof_channel_by_channel(world: World) -> None:
    world.hear(of(a_record(at=NOW, email=MINA)), of(a_consent(at=NOW - HOUR)))
    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=NOW, source="one_click")))
    world.hear(of(a_consent(at=NOW - DAY, channel="sms")))

    email, sms = of_mina(world).consents

    assert (email.channel, email.state, email.source, email.at, email.words) == (
        "email",
        ConsentState.UNSUBSCRIBED,
        "one_click",
        NOW,
        2,
    )
    assert (sms.channel, sms.state, sms.words) == ("sms", ConsentState.SUBSCRIBED, 1)


def test_troubles_say_why_somebody_cannot_be_reached(world: World) -> None:
    world.hear(*mina(NOW - DAY))
    assert of_mina(world).troubles == ()

    world.hear(of(a_consent(ConsentState.UNSUBSCRIBED, at=NOW)))
    assert of_mina(world).troubles == ("unsubscribed", "unreachable")


def test_a_young_shop_is_told_no_predictions(world: World) -> None:
    world.hear(*mina(NOW - 90 * DAY), orders(1, at=NOW - 60 * DAY))
    assert of_mina(world).outlook is None


def test_nobody_of_another_shop_is_shown(world: World) -> None:
    world.hear(*mina(), orders(1), domain=OTHER_SHOP)
    with pytest.raises(LookupError):
        of_mina(world)
