"""The watch over a shop: silence is noticed, kept on record, and over when things come in again."""

from datetime import datetime, timedelta

from plugin.core.keys import shop_id_of
from plugin.pipeline.watch import watch_shops
from plugin.store import alarms
from plugin.store.alarms import Alarm
from tests.builders import NOW
from tests.store.test_inbox import a_delivery, put
from tests.world import OTHER_SHOP, SHOP, World

WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)


def arrive(world: World, start: datetime, hours: int, *, each: int, shop: str = SHOP) -> None:
    """`each` deliveries in every one of `hours` from `start` on."""
    moments = [
        start + hour * HOUR + number * timedelta(minutes=1) for hour in range(hours) for number in range(each)
    ]
    put(
        world.house.settings.database_url,
        *(a_delivery(f"{shop}-{at.isoformat()}", shop=shop, received_at=at) for at in moments),
    )


def looked(world: World, domain: str = SHOP) -> list[Alarm]:
    watch_shops(world.database, world.house.stores.inbox, world.clock.at)
    with world.database.reading(shop_id_of(domain)) as unit:
        return alarms.of_shop(unit)


def with_a_past(world: World) -> None:
    """Five weeks in which six webhooks came in every hour of the days around this one."""
    world.clock.at = NOW + 5 * WEEK
    for week in range(1, 5):
        arrive(world, world.clock.at - week * WEEK - 72 * HOUR, 84, each=6)


def test_webhooks_that_stop_are_an_alarm_until_they_come_again(world: World) -> None:
    with_a_past(world)
    began_at = world.clock.at
    (alarm, orders) = sorted(looked(world), key=lambda found: found.watched, reverse=True)
    assert (alarm.watched, alarm.began_at, alarm.ended_at) == ("webhooks", began_at, None)
    assert (alarm.hours, alarm.expected, alarm.seen) == (6, 36, 0)
    assert orders.watched == "orders"
    assert sorted(looked(world), key=lambda found: found.watched) == [orders, alarm]
    arrive(world, world.clock.at, 6, each=6)
    world.clock.at += 6 * HOUR
    assert {found.ended_at for found in looked(world)} == {world.clock.at}
    assert looked(world, OTHER_SHOP) == []


def test_a_shop_without_four_weeks_of_past_is_left_in_peace(world: World) -> None:
    world.clock.at = NOW + 2 * WEEK
    arrive(world, NOW, 12, each=10)
    assert looked(world) == []


def test_a_shop_as_busy_as_ever_has_no_alarm(world: World) -> None:
    with_a_past(world)
    arrive(world, world.clock.at - 72 * HOUR, 72, each=6)
    assert looked(world) == []


def test_a_live_flow_that_nobody_enters_any_more_is_an_alarm(world: World) -> None:
    world.clock.at = NOW + 5 * WEEK
    with world.database.unit(world.shop_id) as unit:
        from plugin.core.flows.base import Enrollment
        from plugin.store import flows

        for number in range(4 * 30):
            at = world.clock.at - (number // 30 + 1) * WEEK - (number % 30) * timedelta(minutes=10) - HOUR
            entered = Enrollment(
                id=number + 1,
                flow_id="win_back",
                version=1,
                customer_id=number + 1,
                trigger_key=f"silence:{at.isoformat()}",
                entered_at=at,
            )
            flows.enter(unit, entered, at)
    (alarm,) = looked(world)
    assert (alarm.watched, alarm.expected, alarm.seen) == ("flow:win_back", 30, 0)
    with world.database.unit(world.shop_id) as unit:
        flows.turn(unit, "win_back", is_on=False, at=world.clock.at, author="test")
    (ended,) = looked(world)
    assert ended.ended_at == world.clock.at
