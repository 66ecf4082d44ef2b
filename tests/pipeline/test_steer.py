"""What the merchant steers."""

from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import text

from plugin.pipeline.steer import (
    InvalidSettingError,
    SettingValues,
    answer_request,
    change_settings,
    dismiss_guide,
    import_again,
    turn_flow,
    understand_again,
)
from plugin.store import flows, imports, privacy, shops
from plugin.store.shops import Shop
from tests.admin_ui.store import OTHER_SHOP_ID, SHOP_ID, Store, an_empty_store
from tests.admin_ui.world import OTHER_SHOP
from tests.builders import HOUR, NOW


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return an_empty_store(tmp_path)


def shop_of(store: Store, shop_id: int = SHOP_ID) -> Shop:
    with store.database.reading(shop_id) as unit:
        return shops.get(unit)


def change(store: Store, values: SettingValues) -> Shop:
    with store.database.unit(SHOP_ID) as unit:
        change_settings(unit, values, now=NOW, author="merchant:7")
    return shop_of(store)


def test_a_flow_is_turned_on_and_off_for_one_shop(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        assert turn_flow(unit, "win_back", is_on=True, now=NOW, author="merchant:7") is True
        assert turn_flow(unit, "win_back", is_on=True, now=NOW, author="merchant:7") is False
        assert flows.switches(unit)["win_back"].is_on is True
        assert turn_flow(unit, "win_back", is_on=False, now=NOW, author="merchant:7") is True
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert flows.switches(unit) == {}


def test_an_unknown_flow_is_refused(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit, pytest.raises(LookupError, match="abandoned_checkout"):
        turn_flow(unit, "unheard", is_on=True, now=NOW, author="merchant:7")


def test_settings_are_stored_and_what_is_left_out_stays(store: Store) -> None:
    shop = change(store, {"postal_address": "  1  Lotus Road \r\n\n Hanoi "})
    assert shop.postal_address == "1 Lotus Road\nHanoi"
    shop = change(store, {"quiet_from": time(22), "quiet_until": time(7, 30), "admin_language": "vi"})
    assert (shop.quiet_from, shop.quiet_until, shop.admin_language) == (time(22), time(7, 30), "vi")
    assert shop.postal_address == "1 Lotus Road\nHanoi"
    shop = change(store, {"quiet_from": None, "quiet_until": None, "admin_language": None})
    assert (shop.quiet_from, shop.quiet_until, shop.admin_language) == (None, None, None)
    assert shop_of(store, OTHER_SHOP_ID).postal_address == ""


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        (SettingValues(admin_language="xx"), "admin_language", "unknown_language"),
        (SettingValues(postal_address="x" * 301), "postal_address", "too_long"),
        (SettingValues(postal_address="1 Road\x00"), "postal_address", "control_characters"),
        (SettingValues(quiet_from=time(22)), "quiet_until", "half_a_window"),
        (SettingValues(quiet_from=time(22), quiet_until=None), "quiet_until", "half_a_window"),
    ],
)
def test_what_cannot_be_stored_names_its_field_and_changes_nothing(
    store: Store, values: SettingValues, field: str, reason: str
) -> None:
    before = shop_of(store)
    with pytest.raises(InvalidSettingError) as refusal:
        change(store, values)
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert shop_of(store) == before


def changes_of(store: Store, shop_id: int = SHOP_ID) -> list[tuple[str, str]]:
    """What was changed since the installation, and by whom."""
    with store.database.reading(shop_id) as unit:
        query = text("SELECT change, author FROM shop_changes WHERE shop_id = :shop ORDER BY number")
        found = unit.connection.execute(query, {"shop": shop_id})
        return [(row.change, row.author) for row in found if not row.change.startswith("state:")]


def test_the_guide_is_put_away_with_a_time_and_an_author(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        dismiss_guide(unit, now=NOW, author="merchant:7")
    assert changes_of(store) == [("guide:dismissed", "merchant:7")]


def test_a_failed_import_starts_again_from_nothing(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        imports.request(unit, 1, NOW)
        for found in imports.of_shop(unit):
            imports.change(
                unit,
                found,
                state="failed",
                operation_gid="gid",
                rows_done=9,
                reason="x",
                due=None,
                ended_at=NOW,
            )
    later = NOW + HOUR
    with store.database.unit(SHOP_ID) as unit:
        assert import_again(unit, "orders", now=later, author="merchant:7") is True
        assert import_again(unit, "orders", now=later, author="merchant:7") is False
        customers, orders = imports.of_shop(unit)
        with pytest.raises(LookupError, match="no import of 'dreams'"):
            import_again(unit, "dreams", now=later, author="merchant:7")
    assert (orders.state, orders.operation_gid, orders.rows_done, orders.reason) == ("requested", None, 0, "")
    assert (orders.requested_at, orders.due, orders.ended_at) == (later, later, None)
    assert customers.state == "failed"
    assert changes_of(store) == [("import:orders", "merchant:7")]


def test_an_import_that_did_not_fail_is_left_alone(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        assert import_again(unit, "orders", now=NOW, author="merchant:7") is False
        imports.request(unit, 1, NOW)
        assert import_again(unit, "orders", now=NOW, author="merchant:7") is False
    assert changes_of(store) == []


def test_failed_deliveries_of_one_shop_are_understood_again(store: Store) -> None:
    store.fail("a", "b", "c")
    store.fail("a", shop=OTHER_SHOP)
    with store.database.unit(SHOP_ID) as unit:
        assert understand_again(unit, store.inbox, now=NOW, author="merchant:7", delivery_id="b") == 1
        assert understand_again(unit, store.inbox, now=NOW, author="merchant:7", delivery_id="b") == 0
        assert understand_again(unit, store.inbox, now=NOW, author="merchant:7") == 2
    waiting = store.inbox.waiting(10)
    assert [(each.shop_id, each.delivery_id) for each in waiting] == [(SHOP_ID, name) for name in "abc"]
    assert changes_of(store) == [("replay:1", "merchant:7"), ("replay:2", "merchant:7")]


def test_an_answered_request_no_longer_says_whom_it_was_about(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        for kind, state in (
            (privacy.DATA_REQUEST, privacy.READY),
            (privacy.CUSTOMER_REDACT, privacy.ERASING),
        ):
            privacy.receive(
                unit, request_id=kind, kind=kind, state=state, at=NOW, summary={"customers": "7001"}
            )
    with store.database.unit(SHOP_ID) as unit:
        answer_request(unit, privacy.DATA_REQUEST, now=NOW + HOUR, author="merchant:7")
        for refused in (privacy.DATA_REQUEST, privacy.CUSTOMER_REDACT, "unheard"):
            with pytest.raises(LookupError, match="no such open data request"):
                answer_request(unit, refused, now=NOW, author="merchant:7")
    with store.database.reading(SHOP_ID) as unit:
        asked = next(each for each in privacy.of_shop(unit) if each.kind == privacy.DATA_REQUEST)
    assert (asked.state, asked.ended_at, asked.summary) == (
        privacy.DONE,
        NOW + HOUR,
        {"answered_by": "merchant:7"},
    )
