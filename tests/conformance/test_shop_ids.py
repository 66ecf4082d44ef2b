"""Two shops never share one id (docs/decisions/0004)."""

from pathlib import Path

import pytest

from plugin.core.keys import shop_id_of
from plugin.store import shops
from tests.world import OTHER_SHOP, SHOP, a_world


def test_a_shop_whose_id_is_another_shops_is_refused(tmp_path: Path) -> None:
    world = a_world(f"sqlite:///{tmp_path / 'regulars.db'}")
    try:
        world.install(SHOP)
        with (
            world.database.unit(shop_id_of(SHOP)) as unit,
            pytest.raises(LookupError, match="two shop domains share one id"),
        ):
            shops.ensure(unit, OTHER_SHOP, salt="")
        assert world.shop(SHOP).domain == SHOP
    finally:
        world.close()
