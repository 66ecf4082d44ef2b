"""Where customers stand, without their states: for walks over whole shops."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, func, select, update

from plugin.core.lifecycle.stages import Stage, Standing
from plugin.store.tables import CustomerRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import table_of

_customers = table_of(CustomerRow)
_SAVE = (
    update(_customers)
    .where(_customers.c.shop_id == bindparam("of_shop"), _customers.c.customer_id == bindparam("of_customer"))
    .values(stage=bindparam("stage"), stage_since=bindparam("since"), stage_due=bindparam("due"))
)


def page(unit: Unit, *, after: int | None, limit: int, buyers_only: bool) -> list[int]:
    """The ids of the next customers in order of id; of those who have bought, or of everybody."""
    query = select(_customers.c.customer_id).where(_customers.c.shop_id == unit.shop_id)
    if after is not None:
        query = query.where(_customers.c.customer_id > after)
    if buyers_only:
        query = query.where(_customers.c.orders_count > 0)
    return list(unit.connection.scalars(query.order_by(_customers.c.customer_id).limit(limit)))


def count(unit: Unit, *, buyers_only: bool) -> int:
    """How many customers `page` leads through."""
    query = select(func.count()).select_from(_customers).where(_customers.c.shop_id == unit.shop_id)
    if buyers_only:
        query = query.where(_customers.c.orders_count > 0)
    return unit.connection.scalar(query) or 0


def load(unit: Unit, customer_ids: Iterable[int]) -> dict[int, Standing]:
    """Where these customers stand; at most as many as fit in one IN list."""
    query = select(
        _customers.c.customer_id, _customers.c.stage, _customers.c.stage_since, _customers.c.stage_due
    ).where(_customers.c.shop_id == unit.shop_id, _customers.c.customer_id.in_(sorted(set(customer_ids))))
    return {
        row.customer_id: Standing(
            stage=Stage(row.stage), since=row.stage_since, reason="stored", next_change_at=row.stage_due
        )
        for row in unit.connection.execute(query)
    }


def save(unit: Unit, standings: Mapping[int, Standing]) -> None:
    """Write where these customers stand, and nothing else of them."""
    rows = [
        {
            "of_shop": unit.shop_id,
            "of_customer": customer_id,
            "stage": said.stage.value,
            "since": said.since,
            "due": said.next_change_at,
        }
        for customer_id, said in sorted(standings.items())
    ]
    if rows:
        unit.connection.execute(_SAVE, rows)
