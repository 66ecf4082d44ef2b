"""What the merchant steers."""

from datetime import time
from pathlib import Path

import pytest

from plugin.pipeline.steer import InvalidSettingError, SettingValues, change_settings, turn_flow
from plugin.store import flows, shops
from plugin.store.shops import Shop
from tests.admin_ui.store import OTHER_SHOP_ID, SHOP_ID, Store, an_empty_store
from tests.builders import NOW


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
