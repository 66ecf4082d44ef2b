"""After a large import the planner knows of it."""

from sqlalchemy import text

from plugin.store import statistics
from plugin.store.unit_of_work import Database
from tests.pipeline.conftest import world
from tests.world import World

__all__ = ["world"]


def _known_to_the_planner(database: Database, shop_id: int) -> bool:
    with database.reading(shop_id) as unit:
        if unit.is_postgres:
            found = unit.connection.scalar(
                text("SELECT reltuples FROM pg_class WHERE relname = 'shop_changes'")
            )
            return bool(found and found > 0)
        names = unit.connection.scalars(
            text("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'")
        ).all()
        if not names:
            return False
        return bool(
            unit.connection.scalar(text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'shop_changes'"))
        )


def test_the_planner_is_told_what_came_in(world: World) -> None:
    assert not _known_to_the_planner(world.database, world.shop_id)
    with world.database.unit(world.shop_id) as unit:
        statistics.refresh(unit)
    assert _known_to_the_planner(world.database, world.shop_id)
