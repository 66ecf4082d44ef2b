"""When deliveries of a shop came in. Settled ones by their index, the few that wait by theirs."""

from datetime import datetime

from sqlalchemy import ColumnElement, Engine, func, literal_column, select

from plugin.store.tables.inbox import IS_SETTLED, IS_WAITING, inbox_metadata

_inbox = inbox_metadata.tables["inbox"]
_c = _inbox.c
_is_settled: ColumnElement[bool] = literal_column(IS_SETTLED)
_is_waiting: ColumnElement[bool] = literal_column(IS_WAITING)


def received(
    engine: Engine, shop_id: int, since: datetime, until: datetime, *, topic: str | None = None
) -> int:
    """How many deliveries of a shop came in from `since` up to, not including, `until`."""
    count = (
        select(func.count())
        .select_from(_inbox)
        .where(_c.shop_id == shop_id, _c.received_at >= since, _c.received_at < until)
    )
    if topic is not None:
        count = count.where(_c.topic == topic)
    parts = (count.where(_is_settled).scalar_subquery(), count.where(_is_waiting).scalar_subquery())
    with engine.begin() as connection:
        return sum(connection.execute(select(*parts)).one())


def last_received(engine: Engine, shop_id: int) -> datetime | None:
    """When a shop's newest delivery came in, as far as it is kept."""
    newest = select(func.max(_c.received_at)).where(_c.shop_id == shop_id)
    parts = (newest.where(_is_settled).scalar_subquery(), newest.where(_is_waiting).scalar_subquery())
    with engine.begin() as connection:
        found = connection.execute(select(*parts)).one()
    return max((at for at in found if at is not None), default=None)
