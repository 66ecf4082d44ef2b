"""Points on their way to becoming a reward."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlmodel import col

from plugin.store.merging import move_rows
from plugin.store.tables import RedemptionRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A reward of `value_minor` for `points`; `state` is requested, issued or failed."""

    redemption_id: str
    customer_id: int
    reward_id: str
    points: int
    value_minor: int
    currency: str
    code: str
    state: str
    requested_at: datetime
    expires_at: datetime
    discount_gid: str | None
    discount_state: str
    """Shopify's word on the discount behind the code, where it has said one."""
    discount_at: datetime | None
    used_by_order: int | None

    @property
    def why_worthless(self) -> str | None:
        """Why the code buys nothing any more, or None."""
        if self.used_by_order is not None:
            return "reward_used"
        return "reward_withdrawn" if self.discount_state in {"deleted", "expired", "code_removed"} else None


def request(unit: Unit, **values: Any) -> None:
    """Promise a reward; promising it again changes nothing."""
    insert_new(unit, RedemptionRow, [values])


def get(unit: Unit, redemption_id: str) -> Redemption:
    """The redemption. Raises `LookupError`."""
    query = select(RedemptionRow.__table__).where(  # type: ignore[attr-defined]  # SQLModel hides its table
        col(RedemptionRow.shop_id) == unit.shop_id, col(RedemptionRow.redemption_id) == redemption_id
    )
    row = unit.connection.execute(query).mappings().first()
    if row is None:
        raise LookupError("no such redemption")
    return Redemption(**{name: value for name, value in row.items() if name != "shop_id"})


def settle(unit: Unit, redemption_id: str, *, state: str, discount_gid: str | None = None) -> None:
    unit.connection.execute(
        update(RedemptionRow)
        .where(col(RedemptionRow.shop_id) == unit.shop_id, col(RedemptionRow.redemption_id) == redemption_id)
        .values(state=state, discount_gid=discount_gid)
    )


def of_customer(unit: Unit, customer_id: int) -> list[Redemption]:
    """A customer's rewards, newest first."""
    query = (
        select(RedemptionRow.__table__)  # type: ignore[attr-defined]
        .where(col(RedemptionRow.shop_id) == unit.shop_id, col(RedemptionRow.customer_id) == customer_id)
        .order_by(col(RedemptionRow.requested_at).desc())
    )
    rows = unit.connection.execute(query).mappings()
    return [Redemption(**{name: value for name, value in row.items() if name != "shop_id"}) for row in rows]


def note_discount(
    unit: Unit, discount_gid: str, *, state: str, at: datetime, code: str | None = None
) -> None:
    """Take over Shopify's word on the discount of a reward; with `code`, only where it is that reward's code."""
    is_older = or_(col(RedemptionRow.discount_at).is_(None), col(RedemptionRow.discount_at) < at)
    is_meant = [
        col(RedemptionRow.shop_id) == unit.shop_id,
        col(RedemptionRow.discount_gid) == discount_gid,
        is_older,
        *([func.lower(col(RedemptionRow.code)) == code.lower()] if code is not None else []),
    ]
    unit.connection.execute(
        update(RedemptionRow).where(*is_meant).values(discount_state=state, discount_at=at)
    )


def note_used(unit: Unit, order_by_code: Mapping[str, int]) -> None:
    """These codes were used by these orders. Codes that are no reward's are passed over."""
    query = select(col(RedemptionRow.redemption_id), col(RedemptionRow.code)).where(
        col(RedemptionRow.shop_id) == unit.shop_id,
        col(RedemptionRow.code).in_(sorted(order_by_code)),
        col(RedemptionRow.used_by_order).is_(None),
    )
    for row in unit.connection.execute(query).all():
        unit.connection.execute(
            update(RedemptionRow)
            .where(
                col(RedemptionRow.shop_id) == unit.shop_id,
                col(RedemptionRow.redemption_id) == row.redemption_id,
            )
            .values(used_by_order=order_by_code[row.code])
        )


def move_customer(unit: Unit, *, old: int, new: int) -> None:
    move_rows(unit, RedemptionRow, old=old, new=new)
