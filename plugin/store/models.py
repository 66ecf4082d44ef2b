"""What was fitted on a shop, how far each fit has reached its customers, and what it foretold."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, select, update

from plugin.core.keys import NO_SHOP
from plugin.core.lifecycle.forecast import Forecast
from plugin.core.lifecycle.shop_model import PRIOR_MODEL, ShopModel
from plugin.store import imports
from plugin.store.tables import ForecastRow, ShopModelRow
from plugin.store.unit_of_work import Database, Unit
from plugin.store.upserts import insert_new, table_of

Reason = Literal["night", "import", "command"]

MODELS_KEPT = 60
"""Two months of nights; nobody looks further back."""

_models, _forecasts = table_of(ShopModelRow), table_of(ForecastRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One fit on its way through the shop's customers."""

    number: int
    fitted_at: datetime
    reason: Reason
    is_whole: bool
    """Everything that is derived of a customer is written, not only what the model says."""
    cursor: int | None
    """The customer it has come to; None before the first."""
    people: int
    """How many it leads to."""
    walked: int
    changed: int
    """Of those walked, whose row was written."""
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """A forecast as it was kept."""

    forecast: Forecast
    number: int
    """The fit that it was made with."""
    is_backtest: bool
    """Made afterwards, from what was known at its moment."""


def current(unit: Unit) -> ShopModel:
    """The newest model of this shop, or the prior. Ask once per unit of work."""
    query = (
        select(_models.c.body)
        .where(_models.c.shop_id == unit.shop_id)
        .order_by(_models.c.number.desc())
        .limit(1)
    )
    body = unit.connection.scalar(query)
    return PRIOR_MODEL if body is None else ShopModel.from_json(body)


def newest_walk(unit: Unit) -> Walk | None:
    """The newest fit and how far it has come."""
    query = _walks().where(_models.c.shop_id == unit.shop_id).order_by(_models.c.number.desc()).limit(1)
    row = unit.connection.execute(query).first()
    return None if row is None else _walk(row)


def add(unit: Unit, model: ShopModel, *, at: datetime, reason: Reason, is_whole: bool, people: int) -> Walk:
    """A new fit, in force from now on; old ones of ordinary nights are dropped. The shop is locked."""
    newest = unit.connection.scalar(
        select(func.max(_models.c.number)).where(_models.c.shop_id == unit.shop_id)
    )
    walk = Walk(
        number=(newest or 0) + 1,
        fitted_at=at,
        reason=reason,
        is_whole=is_whole,
        cursor=None,
        people=people,
        walked=0,
        changed=0,
        ended_at=None,
    )
    insert_new(unit, ShopModelRow, [{**asdict(walk), "body": model.to_json()}])
    unit.connection.execute(
        delete(_models).where(
            _models.c.shop_id == unit.shop_id,
            _models.c.number <= walk.number - MODELS_KEPT,
            _models.c.is_whole.is_(False),
        )
    )
    return walk


def is_history_pending(unit: Unit) -> bool:
    """Whether a history has come in, or is coming in, that no walk has taken to every customer yet."""
    if imports.is_unfinished(unit):
        return True
    came_in = imports.newest_end(unit)
    return came_in is not None and not has_walked_whole(unit, since=came_in)


def has_walked_whole(unit: Unit, *, since: datetime | None = None) -> bool:
    """Whether everything that is derived of every customer was written, by a fit at or after `since`."""
    query = select(func.count()).where(
        _models.c.shop_id == unit.shop_id, _models.c.is_whole, _models.c.ended_at.is_not(None)
    )
    if since is not None:
        query = query.where(_models.c.fitted_at >= since)
    return bool(unit.connection.scalar(query))


def advance(unit: Unit, walk: Walk, **values: Any) -> Walk:
    """Note how far the walk is; the walk as it is then."""
    unit.connection.execute(
        update(_models)
        .where(_models.c.shop_id == unit.shop_id, _models.c.number == walk.number)
        .values(**values)
    )
    return replace(walk, **values)


def walks(database: Database) -> dict[int, Walk]:
    """The newest fit of every shop that has one, by shop; for operators."""
    newest = (
        select(_models.c.shop_id, func.max(_models.c.number).label("number"))
        .group_by(_models.c.shop_id)
        .subquery()
    )
    query = (
        _walks()
        .add_columns(_models.c.shop_id)
        .join(newest, (newest.c.shop_id == _models.c.shop_id) & (newest.c.number == _models.c.number))
    )
    with database.reading(NO_SHOP) as unit:
        return {row.shop_id: _walk(row) for row in unit.connection.execute(query)}


def save_forecast(unit: Unit, forecast: Forecast, *, number: int, is_backtest: bool) -> None:
    """Keep what was foretold. A backtest never takes the place of what was really said at that moment."""
    row = {
        "made_at": forecast.made_at,
        "number": number,
        "is_backtest": is_backtest,
        "expected": forecast.expected,
        "low": forecast.low,
        "high": forecast.high,
        "by_week": list(forecast.by_week),
        "season_factor": forecast.season_factor,
    }
    insert_new(unit, ForecastRow, [row])


def forecasts(unit: Unit, *, since: datetime | None = None) -> list[Foretold]:
    """What was foretold, the oldest first."""
    query = select(_forecasts).where(_forecasts.c.shop_id == unit.shop_id).order_by(_forecasts.c.made_at)
    if since is not None:
        query = query.where(_forecasts.c.made_at >= since)
    return [_foretold(row) for row in unit.connection.execute(query)]


def _foretold(row: Any) -> Foretold:
    forecast = Forecast(
        made_at=row.made_at,
        weeks=len(row.by_week),
        expected=row.expected,
        low=row.low,
        high=row.high,
        by_week=tuple(row.by_week),
        season_factor=row.season_factor,
    )
    return Foretold(forecast=forecast, number=row.number, is_backtest=row.is_backtest)


def _walks() -> Any:
    return select(*(_models.c[field.name] for field in fields(Walk)))


def _walk(row: Any) -> Walk:
    return Walk(**{field.name: getattr(row, field.name) for field in fields(Walk)})
