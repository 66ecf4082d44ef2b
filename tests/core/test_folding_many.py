"""Many facts at once: the same picture as one by one, without work that grows with the square of their number."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from types import FrameType
from typing import Any

from hypothesis import given

from plugin.core import folding
from plugin.core.customers import CustomerState
from plugin.core.events import CustomerEvent
from plugin.core.folding import fold, fold_all
from tests.builders import MINUTE, NOW, a_deleted_record, an_order
from tests.core.strategies import histories

_ONE = CustomerState(id=1)


@given(before=histories, history=histories)
def test_folding_all_at_once_is_folding_one_by_one(
    before: list[CustomerEvent], history: list[CustomerEvent]
) -> None:
    many = [*history, *history, *history]
    state = reduce(fold, before, _ONE)
    assert fold_all(state, many) == reduce(fold, many, state)


def test_a_deletion_among_many_facts_is_not_lost() -> None:
    deletion = a_deleted_record(at=NOW, shopify_id=1)
    facts: list[CustomerEvent] = [an_order(n, at=NOW) for n in range(20)]
    for place in (0, 10, 20):
        assert fold_all(_ONE, [*facts[:place], deletion, *facts[place:]]).deleted_at == NOW
    assert fold_all(replace(_ONE, deleted_at=NOW), facts).deleted_at == NOW


def test_the_work_of_folding_5000_orders_of_one_customer_grows_almost_with_their_number() -> None:
    """One by one, the entries copied are half the square of the orders: 12.5 million."""
    few, many = _entries_written(1_250), _entries_written(5_000)
    assert many < 5_000 * 30
    assert many < few * 4 * 1.25


def _entries_written(orders: int) -> int:
    """How many entries the mappings have that functions of `folding` return while it folds so many orders."""
    facts = [an_order(n, at=NOW - n * MINUTE) for n in range(orders)]
    written = 0

    def count(frame: FrameType, event: str, returned: Any) -> None:
        nonlocal written
        if (
            event == "return"
            and frame.f_code.co_filename == folding.__file__
            and isinstance(returned, Mapping)
        ):
            written += len(returned)

    sys.setprofile(count)
    try:
        state = fold_all(_ONE, facts)
    finally:
        sys.setprofile(None)
    assert len(state.orders) == orders
    return written
