"""The points ledger at rest. Posting the same transaction again changes nothing; nothing is ever edited."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import col

from plugin.core.loyalty.ledger import Transaction, customer_account
from plugin.store.tables import LedgerTransactionRow, PostingRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new


def post(unit: Unit, transaction: Transaction) -> bool:
    """Post `transaction`; False when it had been posted before."""
    header = {
        "transaction_id": transaction.id,
        "at": transaction.at,
        "reason": transaction.reason,
        "customer_id": transaction.customer_id,
        "subject": transaction.subject,
    }
    if insert_new(unit, LedgerTransactionRow, [header]) == 0:
        return False
    legs = [
        {"transaction_id": transaction.id, "account": posting.account, "points": posting.points}
        for posting in transaction.postings
    ]
    insert_new(unit, PostingRow, legs)
    return True


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
    query = (
        select(
            col(LedgerTransactionRow.subject),
            func.sum(col(PostingRow.points)),
            func.count(),
        )
        .join(
            PostingRow,
            (col(PostingRow.shop_id) == col(LedgerTransactionRow.shop_id))
            & (col(PostingRow.transaction_id) == col(LedgerTransactionRow.transaction_id)),
        )
        .where(
            col(LedgerTransactionRow.shop_id) == unit.shop_id,
            col(LedgerTransactionRow.subject).in_(sorted(set(subjects))),
            col(PostingRow.account).startswith("customer:"),
        )
        .group_by(col(LedgerTransactionRow.subject))
    )
    return {subject: (int(points), count) for subject, points, count in unit.connection.execute(query)}
