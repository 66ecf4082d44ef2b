"""What the connection page knows: permissions, webhooks, imports, comparisons, silences."""

from datetime import timedelta
from pathlib import Path

import pytest

from plugin.queries.connection import ConnectionPage, connection_page, notices_of
from plugin.queries.imports import skipped_rows, time_left
from plugin.shopify.scopes import NEEDED
from plugin.store import alarms, imports, reconciliations, shops
from plugin.store.imports import Import
from plugin.store.tables import ShopTokenRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import upsert
from tests.admin_ui.store import OTHER_SHOP_ID, SHOP_ID, Store, an_empty_store
from tests.admin_ui.world import OTHER_SHOP
from tests.builders import DAY, HOUR, MINUTE, NOW


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return an_empty_store(tmp_path)


def connection_of(store: Store, shop_id: int = SHOP_ID) -> ConnectionPage:
    with store.database.reading(shop_id) as unit:
        return connection_page(unit, NOW)


def note_chain(unit: Unit, **values: object) -> None:
    upsert(unit, ShopTokenRow, [{"sealed": None, "needs_reauth": None, "refresh_expires_at": None, **values}])


def an_import(**values: object) -> Import:
    known: dict[str, object] = {
        "shop_id": SHOP_ID,
        "kind": "orders",
        "generation": 1,
        "state": "reading",
        "operation_gid": None,
        "rows_expected": 0,
        "rows_done": 0,
        "reason": "",
        "requested_at": NOW - HOUR,
        "reading_since": NOW,
        "ended_at": None,
        "due": NOW,
    }
    return Import(**(known | values))  # type: ignore[arg-type]  # the defaults above are typed by their field


def test_a_gap_in_the_webhooks_is_told_of_for_a_week(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        for kind, at in (("customers", NOW - 2 * DAY), ("orders", NOW - 6 * DAY)):
            reconciliations.begin(unit, kind, generation=1, through=NOW, page_size=8, now=NOW)
            reconciliations.change(unit, kind, repaired_at=at)
    assert connection_of(store).gap_at == NOW - 2 * DAY
    assert connection_of(store, OTHER_SHOP_ID).gap_at is None
    with store.database.unit(SHOP_ID) as unit:
        reconciliations.change(unit, "customers", repaired_at=NOW - 7 * DAY)
        reconciliations.change(unit, "orders", repaired_at=None)
    assert connection_of(store).gap_at is None


def test_a_living_chain_says_since_when_and_when_it_is_renewed(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        note_chain(unit, sealed="sealed", refresh_expires_at=NOW + 90 * DAY)
    chain = connection_of(store).chain
    assert (chain.state, chain.since, chain.reason) == ("installed", NOW, None)
    assert (chain.renewed_by, chain.ends_at) == (NOW + 60 * DAY, NOW + 90 * DAY)
    assert connection_of(store, OTHER_SHOP_ID).chain.ends_at is None


def test_a_dead_chain_says_why_and_since_when(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        note_chain(unit, needs_reauth="invalid_grant", refresh_expires_at=NOW + DAY)
        shops.set_state(unit, shops.NEEDS_REAUTH, at=NOW + HOUR, reason="invalid_grant", author="shopify")
    chain = connection_of(store).chain
    assert (chain.state, chain.since, chain.reason) == ("needs_reauth", NOW + HOUR, "invalid_grant")
    assert (chain.renewed_by, chain.ends_at) == (None, None)


def test_permissions_are_unknown_until_the_shop_tells(store: Store) -> None:
    assert {scope.is_granted for scope in connection_of(store).scopes} == {None}
    with store.database.unit(SHOP_ID) as unit:
        shops.note_scopes(unit, [scope for scope in NEEDED if scope != "read_returns"], NOW)
    granted = {scope.id: scope.is_granted for scope in connection_of(store).scopes}
    assert granted == dict.fromkeys(NEEDED, True) | {"read_returns": False}


def test_to_write_is_to_read(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        shops.note_scopes(unit, [scope for scope in NEEDED if scope != "read_customers"], NOW)
    assert {scope.is_granted for scope in connection_of(store).scopes} == {True}


def test_notices_are_counted_over_a_day_and_failures_shown_with_their_reason(store: Store) -> None:
    store.receive("old")
    store.clock.at += 2 * DAY
    store.fail("bad", reason="not_json")
    store.receive("new")
    store.fail("theirs", shop=OTHER_SHOP)
    notices = notices_of(store.inbox, SHOP_ID, store.clock.now())
    assert (notices.newest_at, notices.last_day, notices.failed_count) == (store.clock.now(), 2, 1)
    assert [(each.delivery_id, each.topic, each.reason) for each in notices.failed] == [
        ("bad", "orders/create", "not_json")
    ]


def test_silences_that_are_over_are_not_shown(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        for watched in ("webhooks", "flow:win_back"):
            alarms.raise_alarm(unit, watched, at=NOW, hours=24, expected=40, seen=2)
        alarms.end(unit, alarms.open_of(unit)["webhooks"], NOW + HOUR)
    assert [alarm.watched for alarm in connection_of(store).alarms] == ["flow:win_back"]
    assert connection_of(store, OTHER_SHOP_ID).alarms == ()


def test_comparisons_of_an_earlier_installation_are_not_shown(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        for kind, generation in (("customers", 0), ("orders", 1)):
            reconciliations.begin(
                unit, kind, generation=generation, through=NOW, page_size=50, now=NOW + MINUTE
            )
    assert [found.kind for found in connection_of(store).reconciliations] == ["orders"]


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (an_import(rows_expected=31_000, rows_done=12_400), timedelta(minutes=15)),
        (an_import(rows_expected=100, rows_done=100), timedelta(0)),
        (an_import(rows_expected=100, rows_done=0), None),
        (an_import(rows_expected=0, rows_done=5), None),
        (an_import(rows_expected=10, rows_done=5, state="running"), None),
        (an_import(rows_expected=10, rows_done=5, reading_since=NOW + DAY), None),
    ],
)
def test_the_time_left_follows_from_the_pace_so_far(found: Import, left: timedelta | None) -> None:
    assert time_left(found, NOW + timedelta(minutes=10)) == left


def test_skipped_rows_are_read_from_a_finished_import() -> None:
    assert skipped_rows(an_import(state="done", reason="12 rows skipped")) == 12
    assert skipped_rows(an_import(state="done", reason="throttled")) == 0


def test_imports_of_an_earlier_installation_are_not_shown(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        imports.request(unit, 1, NOW)
        imports.request(unit, 2, NOW)
    shown = connection_of(store).imports
    assert [(found.kind, found.generation) for found in shown] == [("customers", 2), ("orders", 2)]
