"""Who belongs is true after every fact, at every instant, and after every change of a definition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from plugin.core.events import CustomerErasureRequested, Person
from plugin.core.flows.base import SegmentChanged
from plugin.core.keys import shop_id_of
from plugin.core.segments.defaults import SEGMENTS
from plugin.core.segments.facts import CustomerFacts
from plugin.pipeline import define, membership
from plugin.pipeline.define import MAX_SEGMENTS, Problem
from plugin.pipeline.flip import flip
from plugin.pipeline.forget import forget_customer
from plugin.pipeline.membership import Reason, Settled, settle
from plugin.pipeline.sync import STEP, renew, sync
from plugin.queries.segments_list import SegmentLine, segment_lines, trend
from plugin.queries.segments_people import members_page, segments_of, why_in
from plugin.store import facts, segments, shops
from plugin.store.segments import Definition
from plugin.store.tables import SegmentMemberRow
from tests.builders import DAY, HOUR, MINA, MINA_ID, NOW, a_record, some_facts
from tests.pipeline.stories import abandons, mina, of, orders
from tests.queries.segment_worlds import placed
from tests.world import OTHER_SHOP, SHOP, World


def settled(world: World, *people: CustomerFacts, reason: Reason = "event", domain: str = SHOP) -> Settled:
    """Write these facts, as whoever changes a customer does."""
    with world.database.unit(shop_id_of(domain)) as unit:
        own = [placed(unit.shop_id, person) for person in people]
        found = settle(unit, shops.get(unit), own, world.clock.at, reason=reason)
        facts.save(unit, own, found.flips)
        return found


def create(world: World, name: str, query: str, domain: str = SHOP) -> Definition | Problem:
    with world.database.unit(shop_id_of(domain)) as unit:
        return define.create(
            unit, shops.get(unit), name=name, query=query, now=world.clock.at, author="merchant"
        )


def made(world: World, name: str, query: str) -> str:
    """Create a segment, let everybody be asked, and return its id."""
    found = create(world, name, query)
    assert isinstance(found, Definition), found
    sync(world.database, world.clock.at)
    return found.segment_id


def lines(world: World, domain: str = SHOP) -> Mapping[str, SegmentLine]:
    with world.database.reading(shop_id_of(domain)) as unit:
        return {line.id: line for line in segment_lines(unit, shops.get(unit), world.clock.at)}


def members_of(world: World, segment_id: str, domain: str = SHOP) -> set[int]:
    query = select(col(SegmentMemberRow.customer_id)).where(
        col(SegmentMemberRow.shop_id) == shop_id_of(domain), col(SegmentMemberRow.segment_id) == segment_id
    )
    with world.database.reading(shop_id_of(domain)) as unit:
        return set(unit.connection.scalars(query))


def changes_of(world: World, segment_id: str) -> list[tuple[int, bool, str]]:
    rows = world.rows(
        "SELECT customer_id, has_joined, reason FROM segment_changes"
        " WHERE shop_id = :shop_id AND segment_id = :segment ORDER BY at, customer_id",
        segment=segment_id,
    )
    return [(row.customer_id, bool(row.has_joined), row.reason) for row in rows]


def test_who_joins_and_leaves_by_a_fact_is_written_and_told(world: World) -> None:
    joined = settled(world, some_facts(customer_id=1, orders_count=1))
    assert SegmentChanged(segment_id="bought_once", joined=True, at=NOW) in joined.changes[1]
    assert members_of(world, "bought_once") == {1}

    world.clock.at += HOUR
    left = settled(world, some_facts(customer_id=1, orders_count=2, discounted_orders=1))
    assert SegmentChanged(segment_id="bought_once", joined=False, at=NOW + HOUR) in left.changes[1]
    assert members_of(world, "bought_once") == set()
    assert changes_of(world, "bought_once") == [(1, True, "event"), (1, False, "event")]


def test_the_same_facts_again_change_nothing(world: World) -> None:
    person = some_facts(customer_id=1, orders_count=1, is_mailable=True)
    settled(world, person)
    before = lines(world)
    assert settled(world, person).changes == {}
    assert lines(world) == before


def test_who_comes_and_goes_at_one_instant_never_came(world: World) -> None:
    settled(world, some_facts(customer_id=1, orders_count=1))
    settled(world, some_facts(customer_id=1, orders_count=2))
    assert changes_of(world, "bought_once") == []
    settled(world, some_facts(customer_id=1, orders_count=1))
    assert changes_of(world, "bought_once") == [(1, True, "event")]
    assert lines(world)["bought_once"].customers == 1


def test_time_alone_ends_a_membership_at_its_very_instant(world: World) -> None:
    created_at = NOW - 6 * DAY
    found = settled(world, some_facts(customer_id=1, created_at=created_at))
    flip_at = created_at + 7 * DAY + timedelta.resolution
    assert found.flips == {1: flip_at}

    world.clock.at = flip_at - timedelta.resolution
    assert flip(world.database, world.clock.at) == 0
    assert members_of(world, "new_this_week") == {1}

    world.clock.at = flip_at
    assert flip(world.database, world.clock.at) == 1
    assert members_of(world, "new_this_week") == set()
    assert changes_of(world, "new_this_week")[-1] == (1, False, "clock")
    assert flip(world.database, world.clock.at + 100 * DAY) == 0


def test_sizes_follow_members_and_who_can_be_mailed(world: World) -> None:
    settled(
        world,
        some_facts(customer_id=1, orders_count=1, is_mailable=True),
        some_facts(customer_id=2, orders_count=1),
        some_facts(customer_id=3),
    )
    line = lines(world)["bought_once"]
    assert (line.customers, line.mailable, line.share, line.change) == (2, 1, 2 / 3, None)
    settled(world, some_facts(customer_id=2, orders_count=1, is_mailable=True))
    line = lines(world)["bought_once"]
    assert (line.customers, line.mailable) == (2, 2)


def test_the_trend_and_the_change_of_a_month_are_told(world: World) -> None:
    settled(world, some_facts(customer_id=1, orders_count=1))
    world.clock.at += 31 * DAY
    settled(world, *(some_facts(customer_id=number, orders_count=1) for number in (2, 3)))
    assert lines(world)["bought_once"].change == 2
    with world.database.reading(world.shop_id) as unit:
        days = trend(unit, shops.get(unit), "bought_once", world.clock.at, days=33)
    today = world.clock.at.date()
    assert days[0] == (today - timedelta(days=31), 1), "nobody counted on the day before"
    assert [size for _, size in days[:-1]] == [1] * 31
    assert days[-1] == (today, 3)


def test_a_new_segment_finds_those_who_were_there_before(world: World) -> None:
    settled(world, *(some_facts(customer_id=number, points=number) for number in range(1, STEP + 11)))
    renew(world.database, world.clock.at)
    sync(world.database, world.clock.at)
    found = create(world, "Many points", "points > 5")
    assert isinstance(found, Definition)
    assert found.segment_id == "many_points"
    assert lines(world)["many_points"].state == "syncing"
    assert lines(world)["many_points"].since == NOW
    assert lines(world)["bought_once"].state == "ready"

    assert sync(world.database, world.clock.at) == STEP + 10
    assert lines(world)["many_points"].state == "ready"
    assert lines(world)["many_points"].customers == STEP + 5
    assert {reason for _, _, reason in changes_of(world, "many_points")} == {"definition"}
    assert sync(world.database, world.clock.at) == 0


def test_a_walk_that_was_cut_off_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(world, *(some_facts(customer_id=number, points=number) for number in range(1, 3 * STEP)))
    create(world, "All points", "points >= 1")
    asked = 0
    real = membership.settle

    def dies_in_the_second_step(*arguments: object, **words: object) -> Settled:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise KeyboardInterrupt
        return real(*arguments, **words)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("plugin.pipeline.sync.settle", dies_in_the_second_step)
        with pytest.raises(KeyboardInterrupt):
            sync(world.database, world.clock.at)
    assert len(members_of(world, "all_points")) == STEP
    assert sync(world.database, world.clock.at) == 0, "the lease of the dead worker holds"
    world.clock.at += HOUR
    assert sync(world.database, world.clock.at) == 2 * STEP - 1
    assert len(members_of(world, "all_points")) == 3 * STEP - 1
    assert lines(world)["all_points"].state == "ready"


def test_a_walk_that_fails_says_so_and_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(world, some_facts(customer_id=1))
    renew(world.database, world.clock.at)
    sync(world.database, world.clock.at)
    create(world, "Somebody", "everyone")

    def fails(*_: object, **__: object) -> Settled:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr("plugin.pipeline.sync.settle", fails)
        assert sync(world.database, world.clock.at) == 0
    line = lines(world)["somebody"]
    assert (line.state, line.reason) == ("error", "ArithmeticError")
    world.clock.at += HOUR
    assert sync(world.database, world.clock.at) == 1
    assert lines(world)["somebody"].state == "ready"


def test_a_changed_definition_is_followed_and_can_be_undone(world: World) -> None:
    settled(world, some_facts(customer_id=1, points=1), some_facts(customer_id=2, points=9))
    segment_id = made(world, "Rich", "points > 5")
    assert members_of(world, segment_id) == {2}
    with world.database.unit(world.shop_id) as unit:
        shop = shops.get(unit)
        changed = define.edit(
            unit,
            shop,
            segment_id,
            name="Rich",
            query="points >= 1",
            now=world.clock.at,
            author="merchant",
            opened=1,
        )
        late = define.edit(
            unit,
            shop,
            segment_id,
            name="Rich",
            query="points = 3",
            now=world.clock.at,
            author="other",
            opened=1,
        )
    assert isinstance(changed, Definition)
    assert changed.version == 2
    assert isinstance(late, Problem)
    assert late.code == "changed_meanwhile"
    sync(world.database, world.clock.at)
    assert members_of(world, segment_id) == {1, 2}
    with world.database.unit(world.shop_id) as unit:
        undone = define.undo(unit, shops.get(unit), segment_id, now=world.clock.at, author="merchant")
    assert isinstance(undone, Definition)
    assert (undone.version, undone.query) == (3, "points > 5")
    sync(world.database, world.clock.at)
    assert members_of(world, segment_id) == {2}


def test_another_name_asks_nobody_again(world: World) -> None:
    segment_id = made(world, "Rich", "points > 5")
    with world.database.unit(world.shop_id) as unit:
        define.rename(unit, shops.get(unit), segment_id, name=" Very  rich ", now=NOW, author="merchant")
    line = lines(world)[segment_id]
    assert line.definition is not None
    assert line.definition.name == "Very rich"
    assert line.state == "ready"


def test_a_segment_that_another_asks_about_stays_until_it_no_longer_does(world: World) -> None:
    settled(world, some_facts(customer_id=1, points=9, is_mailable=True), some_facts(customer_id=2, points=9))
    rich = made(world, "Rich", "points > 5")
    reachable = made(world, "Rich and reachable", f"in segment {rich} AND can_email")
    assert members_of(world, reachable) == {1}
    assert lines(world)[rich].used_in == (reachable,)
    with world.database.unit(world.shop_id) as unit:
        refused = define.delete(unit, shops.get(unit), rich, now=NOW)
    assert isinstance(refused, Problem)
    assert (refused.code, refused.used_in) == ("in_use", (reachable,))

    with world.database.unit(world.shop_id) as unit:
        define.edit(
            unit, shops.get(unit), rich, name="Rich", query="points > 100", now=NOW, author="merchant"
        )
    assert lines(world)[reachable].state == "syncing"
    sync(world.database, world.clock.at)
    assert members_of(world, reachable) == set()


def test_a_deleted_segment_vanishes_with_its_members_and_its_id_is_never_given_again(world: World) -> None:
    settled(world, some_facts(customer_id=1, points=9))
    segment_id = made(world, "Rich", "points > 5")
    with world.database.unit(world.shop_id) as unit:
        assert define.delete(unit, shops.get(unit), segment_id, now=NOW) is None
    assert segment_id not in lines(world)
    sync(world.database, world.clock.at)
    assert members_of(world, segment_id) == set()
    assert changes_of(world, segment_id) == []
    again = create(world, "Rich", "points > 5")
    assert isinstance(again, Definition)
    assert again.segment_id == "rich_2"


@pytest.mark.parametrize(
    ("name", "query", "field", "code"),
    [
        ("", "points > 5", "name", "no_name"),
        ("x" * 81, "points > 5", "name", "bad_name"),
        ("rich", "points > 5", "name", "name_taken"),
        ("Poor", "pionts > 5", "query", "unknown_field"),
        ("Poor", "points > many", "query", "wrong_value"),
        ("Poor", "spent > 100000000000000000", "query", "wrong_value"),
        ("Poor", "last_order within 90000 days", "query", "absurd_window"),
        ("Poor", "in segment no_such_one", "query", "missing_segment"),
        ("Poor", " OR ".join(["points = 1"] * 10_000), "query", "too_long"),
        ("Poor", "", "query", "incomplete"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_wrong_comes_back_as_a_value(
    world: World, name: str, query: str, field: str, code: str
) -> None:
    create(world, "Rich", "points > 5")
    found = create(world, name, query)
    assert isinstance(found, Problem)
    assert (found.field, found.code) == (field, code)
    assert len(lines(world)) == len(SEGMENTS) + 1


def test_a_circle_is_refused_where_it_would_close(world: World) -> None:
    create(world, "One", "points > 5")
    create(world, "Two", "in segment one")
    with world.database.unit(world.shop_id) as unit:
        found = define.edit(
            unit, shops.get(unit), "one", name="One", query="in segment two", now=NOW, author="merchant"
        )
    assert isinstance(found, Problem)
    assert found.code == "cycle"


def test_a_shop_has_a_sane_number_of_segments(world: World) -> None:
    with world.database.unit(world.shop_id) as unit:
        for number in range(MAX_SEGMENTS):
            segments.put(
                unit,
                f"s{number}",
                name=f"S{number}",
                query="everyone",
                is_change=True,
                at=NOW,
                author="merchant",
            )
    found = create(world, "One more", "everyone")
    assert isinstance(found, Problem)
    assert found.code == "too_many"


def test_a_query_that_an_older_version_stored_breaks_only_its_own_segment(world: World) -> None:
    settled(world, some_facts(customer_id=1, points=9))
    segment_id = made(world, "Rich", "points > 5")
    with world.database.unit(world.shop_id) as unit:
        segments.put(
            unit,
            segment_id,
            name="Rich",
            query="no longer a field",
            is_change=True,
            at=NOW,
            author="merchant",
        )
    settled(world, some_facts(customer_id=2, orders_count=1))
    sync(world.database, world.clock.at)
    line = lines(world)[segment_id]
    assert line.state == "error"
    assert "line 1" in line.reason
    assert members_of(world, segment_id) == {1}
    assert members_of(world, "bought_once") == {2}


def test_nothing_crosses_to_another_shop(world: World) -> None:
    settled(world, some_facts(customer_id=1, points=9))
    made(world, "Rich", "points > 5")
    assert set(lines(world, OTHER_SHOP)) == {segment.id for segment in SEGMENTS}
    assert {line.customers for line in lines(world, OTHER_SHOP).values()} == {0}
    settled(world, some_facts(customer_id=1, points=9), domain=OTHER_SHOP)
    assert members_of(world, "rich", OTHER_SHOP) == set()
    assert create(world, "Rich", "points > 100", OTHER_SHOP) is not None
    sync(world.database, world.clock.at)
    assert members_of(world, "rich", OTHER_SHOP) == set()
    assert members_of(world, "rich") == {1}


def test_an_erased_customer_leaves_no_trace_in_any_segment(world: World) -> None:
    settled(world, some_facts(customer_id=1, orders_count=1), some_facts(customer_id=2, orders_count=1))
    with world.database.unit(world.shop_id) as unit:
        membership.forget(unit, shops.get(unit), 1, world.clock.at)
    assert members_of(world, "bought_once") == {2}
    assert lines(world)["bought_once"].customers == 1
    assert changes_of(world, "bought_once") == [(2, True, "event")]


def test_of_two_customers_who_are_one_the_survivor_joins_nothing_twice(world: World) -> None:
    person = some_facts(customer_id=1, orders_count=1, points=600)
    settled(world, person, some_facts(customer_id=-5, orders_count=1))
    settled(world, replace(person, orders_count=1))
    with world.database.unit(world.shop_id) as unit:
        shop = shops.get(unit)
        membership.absorb(unit, shop, old=-5, new=1, now=world.clock.at)
        facts.remove(unit, -5)
    assert members_of(world, "bought_once") == {1}
    assert lines(world)["bought_once"].customers == 1
    assert lines(world)["everyone"].customers == 1
    left = settled(world, replace(person, orders_count=2, discounted_orders=1))
    assert [change.segment_id for change in left.changes[1]] == ["bought_once"]


def test_a_page_of_members_and_why_they_are_in(world: World) -> None:
    for number in (1, 2, 3):
        world.hear(of(a_record(at=NOW, email=f"{number}@example.com"), shopify_id=number, email=None))
    settled(world, *(some_facts(customer_id=number, points=600) for number in (1, 2, 3)))
    with world.database.reading(world.shop_id) as unit:
        first = members_page(unit, "points_ready", limit=2)
        second = members_page(unit, "points_ready", limit=2, after=first[-1].customer_id)
        found = why_in(unit, shops.get(unit), "points_ready", 1, NOW)
        missing = why_in(unit, shops.get(unit), "points_ready", 4, NOW)
        of_one = segments_of(unit, 1)
    assert [member.customer_id for member in (*first, *second)] == [3, 2, 1]
    assert first[0].since == NOW
    assert found is not None
    assert found.held
    assert [each.value for each in found.findings()] == [600]
    assert missing is None
    assert "points_ready" in of_one


def test_a_person_joins_by_an_order_and_leaves_by_time(world: World) -> None:
    """From the very facts that webhooks tell, with nothing called by hand."""
    world.hear(*mina(NOW), abandons(at=NOW))
    assert MINA_ID in members_of(world, "abandoned_checkout")
    assert MINA_ID in members_of(world, "subscribers_never_bought")
    world.pass_time(7 * DAY)
    assert MINA_ID in members_of(world, "new_this_week")
    assert MINA_ID in members_of(world, "abandoned_checkout")
    world.pass_time(timedelta.resolution)
    assert MINA_ID not in members_of(world, "new_this_week") | members_of(world, "abandoned_checkout")

    world.hear(orders(1, at=world.clock.at))
    assert MINA_ID in members_of(world, "bought_once")
    assert MINA_ID not in members_of(world, "subscribers_never_bought")
    assert members_of(world, "everyone", OTHER_SHOP) == set()


def test_a_guest_who_turns_out_to_be_an_account_is_one_member(world: World) -> None:
    world.hear(of(orders(1, at=NOW - DAY), "order:1", shopify_id=None, email="guest@example.com"))
    (guest,) = members_of(world, "bought_once")
    assert guest < 0
    world.clock.at += HOUR
    world.hear(*mina(NOW), of(mina(NOW)[0], email="guest@example.com"))
    assert members_of(world, "everyone") == {MINA_ID}
    assert lines(world)["everyone"].customers == 1
    assert changes_of(world, "bought_once") == [(MINA_ID, True, "event")]


def test_who_is_forgotten_is_nobodys_member(world: World) -> None:
    world.hear(*mina(NOW), orders(1, at=NOW))
    with world.database.unit(world.shop_id) as unit:
        request = CustomerErasureRequested(
            person=Person(shopify_id=MINA_ID, email=MINA), order_ids=(1,), occurred_at=world.clock.at
        )
        forget_customer(unit, shops.get(unit), request, world.clock.at)
    assert members_of(world, "everyone") == set()
    assert {line.customers for line in lines(world).values()} == {0}
    assert changes_of(world, "everyone") == []
