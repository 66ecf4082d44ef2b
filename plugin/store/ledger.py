"""The points ledger at rest. Posting the same transaction again changes nothing; nothing is ever edited."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from plugin.core.loyalty.ledger import Transaction, customer_account
from plugin.store.tables import LedgerTransactionRow, PostingRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new

_CHUNK = 500


def post(unit: Unit, transaction: Transaction) -> bool:
    """Post `transaction`; False when it had been posted before."""
    if insert_new(unit, LedgerTransactionRow, [_header(transaction)]) == 0:
        return False
    insert_new(unit, PostingRow, _legs(transaction))
    return True


def post_new(unit: Unit, transactions: Sequence[Transaction]) -> None:
    """Post `transactions` that the caller, who holds the shop's lock, knows to be new."""
    insert_new(unit, LedgerTransactionRow, [_header(transaction) for transaction in transactions])
    insert_new(unit, PostingRow, [leg for transaction in transactions for leg in _legs(transaction)])


def _header(transaction: Transaction) -> dict[str, Any]:
    return {
        "transaction_id": transaction.id,
        "at": transaction.at,
        "reason": transaction.reason,
        "customer_id": transaction.customer_id,
        "subject": transaction.subject,
    }


def _legs(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {"transaction_id": transaction.id, "account": posting.account, "points": posting.points}
        for posting in transaction.postings
    ]


def balance(unit: Unit, account: str) -> int:
    """The sum of an account's postings, in points."""
    query = select(func.coalesce(func.sum(col(PostingRow.points)), 0)).where(
        col(PostingRow.shop_id) == unit.shop_id, col(PostingRow.account) == account
    )
    return int(unit.connection.scalar(query) or 0)


def balance_of(unit: Unit, customer_id: int) -> int:
    return balance(unit, customer_account(customer_id))


def granted_for(unit: Unit, subjects: Iterable[str]) -> dict[str, tuple[int, int]]:
    """For each subject with history: points its customers hold because of it, and how many transactions there were."""
    about = _about(unit, subjects)
    wanted = sorted(about)
    granted: dict[str, tuple[int, int]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(col(PostingRow.transaction_id), col(PostingRow.account), col(PostingRow.points)).where(
            col(PostingRow.shop_id) == unit.shop_id,
            col(PostingRow.transaction_id).in_(wanted[start : start + _CHUNK]),
        )
        for transaction_id, account, points in unit.connection.execute(query):
            if account.startswith("customer:"):
                subject = about[transaction_id]
                had, times = granted.get(subject, (0, 0))
                granted[subject] = (had + points, times + 1)
    return granted


def _about(unit: Unit, subjects: Iterable[str]) -> dict[str, str]:
    """The transactions about `subjects`. Apart from their postings: a join would be planned from the wrong end."""
    wanted = sorted(set(subjects))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(col(LedgerTransactionRow.transaction_id), col(LedgerTransactionRow.subject)).where(
            col(LedgerTransactionRow.shop_id) == unit.shop_id,
            col(LedgerTransactionRow.subject).in_(wanted[start : start + _CHUNK]),
        )
        found.update((row[0], row[1]) for row in unit.connection.execute(query))
    return found
