"""Learn from a shop's purchases every night and after its import, and take what was learnt to every customer.

A fit is one row, in force from its first moment. The walk that follows brings it to the customers, some hundred in
each transaction: it survives a kill, and neither live events nor other shops wait for its end.
"""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import islice

from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.forecast import backtest, forecast
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.pipeline.sync import SYNC
from plugin.pipeline.walk import step
from plugin.store import customers, histories, imports, models, queue, shops, standings
from plugin.store.models import Reason, Walk
from plugin.store.queue import Claim
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

SCORE = "score"
"""The queue of shops that are to be fitted, or whose walk is under way."""

LEASE = timedelta(minutes=5)  # the fit of ten million orders takes one
NIGHT = time(2)  # in the shop's zone
_SPREAD = timedelta(hours=2)  # over which the shops of one zone are spread
_TURNS = 50  # of one run: the next one begins at its own moment
_AFTER_ERROR = timedelta(minutes=15)
_ALL_ORDERS = "read_all_orders"
_log = logging.getLogger(__name__)


def score(database: Database, now: datetime) -> int:
    """Fit what is due and take walks further; returns how many fits and customers that were."""
    done = 0
    for held in islice(queue.turns(database, SCORE, now, lease=LEASE), _TURNS):
        try:
            done += _turn(database, held, now)
        except Exception as error:  # noqa: BLE001  # one shop's trouble stops no other shop's night
            _log.exception("a shop could not be scored: %s", type(error).__name__)
            with database.unit(held.shop_id) as unit:
                queue.release(unit, held, lambda _: now + _AFTER_ERROR)
    return done


def score_shop(
    database: Database, shop_id: int, now: datetime, *, progress: Callable[[Walk], None] | None = None
) -> Walk:
    """Fit one shop and walk over its customers, now, because somebody asked; returns how it went.

    `progress` hears after each step. When this is cut off, the worker goes on.
    """
    walk = fit(database, shop_id, now, reason="command", held=None)
    while walk is not None and walk.ended_at is None:
        with database.unit(shop_id) as unit:
            customers.lock_shop(unit)
            walk = _step(unit, now)
        if walk is not None and progress is not None:
            progress(walk)
    if walk is None:
        raise LookupError("the fit of this shop is gone: was the shop erased meanwhile?")
    return walk


def fit(
    database: Database, shop_id: int, now: datetime, *, reason: Reason, held: Claim | None
) -> Walk | None:
    """Learn from all purchases; the walk of the new model begins. None when the turn was lost meanwhile."""
    with database.reading(shop_id) as unit:
        shop = shops.get(unit)
        previous = models.current(unit)
        is_first = not models.forecasts(unit)
        bought = histories.of_shop(unit, shop.zone)
    has_whole_past = shop.scopes is None or _ALL_ORDERS in shop.scopes
    model = fit_shop(
        bought.history, now, previous=previous, returned=bought.returned, has_whole_past=has_whole_past
    )
    foretold = forecast(model, bought.history, now)
    tested = backtest(bought.history, now, has_whole_past=has_whole_past) if is_first else None
    with database.unit(shop_id) as unit:
        customers.lock_shop(unit)
        if held is not None and not queue.is_held(unit, held):
            return None
        walk = _begin(unit, model, now, reason)
        models.save_forecast(unit, foretold, number=walk.number, is_backtest=False)
        if tested is not None:
            models.save_forecast(unit, tested.forecast, number=walk.number, is_backtest=True)
        if held is None:
            queue.wake(unit, SCORE, now)
        else:
            queue.release(unit, held, lambda _: now)
    return walk


def next_night(shop: Shop, now: datetime) -> datetime:
    """The next time that it is two in the morning where the shop is, or a little later: not all shops at once."""
    spread = timedelta(seconds=shop.shop_id % int(_SPREAD.total_seconds()))
    today = now.astimezone(shop.zone).date()
    nights = (
        datetime.combine(today + timedelta(days=days), NIGHT, tzinfo=shop.zone).astimezone(now.tzinfo)
        + spread
        for days in range(3)
    )
    return next(night for night in nights if night > now)


def _turn(database: Database, held: Claim, now: datetime) -> int:
    """One shop's turn: a fit, or one step of its walk."""
    with database.unit(held.shop_id) as unit:
        customers.lock_shop(unit)
        if not _may_go_on(unit):
            # Whoever ends the import, or installs the shop again, wakes it.
            queue.release(unit, held, lambda unit: now if _may_go_on(unit) else None)
            return 0
        walk = models.newest_walk(unit)
        if walk is not None and walk.ended_at is None and not _is_overtaken(unit, walk):
            walked = step(unit, walk, now)
            if walked.ended_at is not None:
                queue.wake(unit, SYNC, now)  # whose segments were changed meanwhile, or never counted
            queue.release(unit, held, lambda unit: now if walked.ended_at is None else _next_night(unit, now))
            return walked.walked - walk.walked
        if walk is not None and not _is_overtaken(unit, walk) and now < _next_night(unit, walk.fitted_at):
            queue.release(unit, held, lambda unit: _next_night(unit, now))
            return 0  # somebody asked for a fit since the night
    return 1 if fit(database, held.shop_id, now, reason="night", held=held) is not None else 0


def _step(unit: Unit, now: datetime) -> Walk | None:
    """A step of the newest walk, if it is not over: a worker may be walking too."""
    walk = models.newest_walk(unit)
    return walk if walk is None or walk.ended_at is not None else step(unit, walk, now)


def _begin(unit: Unit, model: ShopModel, now: datetime, reason: Reason) -> Walk:
    is_import = models.is_history_pending(unit)
    is_whole = is_import or not models.has_walked_whole(unit)
    return models.add(
        unit,
        model,
        at=now,
        reason="import" if is_import else reason,
        is_whole=is_whole,
        people=standings.count(unit, buyers_only=not is_whole),
    )


def _next_night(unit: Unit, now: datetime) -> datetime:
    return next_night(shops.get(unit), now)


def _may_go_on(unit: Unit) -> bool:
    shop = shops.find(unit)
    is_at_work = shop is not None and shop.state in {shops.INSTALLED, shops.NEEDS_REAUTH}
    return is_at_work and not imports.is_unfinished(unit)


def _is_overtaken(unit: Unit, walk: Walk) -> bool:
    """A history has come in since this fit, which knows nothing of it."""
    came_in = imports.newest_end(unit)
    return came_in is not None and came_in > walk.fitted_at
