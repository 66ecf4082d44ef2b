"""A points ledger an accountant would sign: balanced transactions, append-only, a balance is a sum (law 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

ISSUED = "issued"
"""What the shop gave out: the other side of every earning."""
REDEEMED = "redeemed"
"""What customers turned into rewards."""
FORFEITED = "forfeited"
"""What erased customers had left."""

MAX_POINTS = 10**12


class UnbalancedError(ValueError):
    """A ledger transaction must move as many points in as out, in whole points other than zero."""


def customer_account(customer_id: int) -> str:
    return f"customer:{customer_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    account: str
    points: int
    """Positive where the account grows. A customer's balance is the sum of its postings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """`id` is its meaning, such as `order:12:1`, unique in the shop: posting it twice is posting it once."""

    id: str
    at: datetime
    reason: str
    postings: tuple[Posting, ...]
    customer_id: int
    subject: str
    """What it is about: `order:12` or `redemption:…`."""

    def __post_init__(self) -> None:
        if sum(posting.points for posting in self.postings) != 0:
            raise UnbalancedError(f"transaction {self.id} does not sum to zero")
        if any(posting.points == 0 or abs(posting.points) > MAX_POINTS for posting in self.postings):
            raise UnbalancedError(f"transaction {self.id} moves no points, or impossibly many")


def adjust_order(
    *, order_id: int, customer_id: int, granted: int, target: int, sequence: int, at: datetime
) -> Transaction | None:
    """What brings the points `granted` for an order to its `target`; None when they are there already.

    `sequence` counts the order's earlier transactions. Repeating a refund, or splitting it, ends in the same sum.
    """
    delta = target - granted
    if delta == 0:
        return None
    return Transaction(
        id=f"order:{order_id}:{sequence + 1}",
        at=at,
        reason="order_paid" if delta > 0 else "order_reduced",
        postings=_move(ISSUED, customer_account(customer_id), delta),
        customer_id=customer_id,
        subject=f"order:{order_id}",
    )


def redeem(*, redemption_id: str, customer_id: int, points: int, at: datetime) -> Transaction:
    """Turn `points` into a reward. Raises `UnbalancedError` unless that costs the customer at least one."""
    return Transaction(
        id=f"redemption:{redemption_id}",
        at=at,
        reason="reward_redeemed",
        postings=_move(customer_account(customer_id), REDEEMED, _price(points)),
        customer_id=customer_id,
        subject=f"redemption:{redemption_id}",
    )


def undo_redemption(*, redemption_id: str, customer_id: int, points: int, at: datetime) -> Transaction:
    """Give the points back because the reward could not be issued."""
    return Transaction(
        id=f"redemption:{redemption_id}:undone",
        at=at,
        reason="reward_failed",
        postings=_move(REDEEMED, customer_account(customer_id), _price(points)),
        customer_id=customer_id,
        subject=f"redemption:{redemption_id}",
    )


def forfeit(*, customer_id: int, points: int, at: datetime) -> Transaction:
    """Close the account of an erased customer. Who comes back under the same id begins at nothing."""
    return Transaction(
        id=f"erased:{customer_id}:{at.isoformat()}",
        at=at,
        reason="customer_erased",
        postings=_move(customer_account(customer_id), FORFEITED, points),
        customer_id=customer_id,
        subject=f"erased:{customer_id}",
    )


def balance(postings: Iterable[Posting], account: str) -> int:
    return sum(posting.points for posting in postings if posting.account == account)


def _price(points: int) -> int:
    if points < 1:
        raise UnbalancedError("a redemption costs at least one point")
    return points


def _move(source: str, target: str, points: int) -> tuple[Posting, ...]:
    return (Posting(account=source, points=-points), Posting(account=target, points=points))
