"""Two customers turned out to be one: what is known of the one goes over to the other."""

from sqlalchemy import and_, delete, exists, select, update

from plugin.store.columns import Row
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of


def move_rows(unit: Unit, model: type[Row], *, old: int, new: int, distinct_by: tuple[str, ...] = ()) -> None:
    """Give `old`'s rows to `new`. Where `new` has a row of the same `distinct_by` columns, `new`'s own stays."""
    table = table_of(model)
    is_old = and_(table.c.shop_id == unit.shop_id, table.c.customer_id == old)
    moved = update(table).where(is_old).values(customer_id=new)
    if distinct_by:
        own = table.alias("own")
        alike = and_(
            own.c.shop_id == unit.shop_id,
            own.c.customer_id == new,
            *(own.c[name] == table.c[name] for name in distinct_by),
        )
        moved = moved.where(~exists(select(own.c.shop_id).where(alike).correlate(table)))
    unit.connection.execute(moved)
    if distinct_by:
        unit.connection.execute(delete(table).where(is_old))
