"""A customer's own points, for the page that the storefront shows them."""

from datetime import datetime

from sqlalchemy import and_, select
from sqlmodel import col

from plugin.core.consent import why_not_mailable
from plugin.core.flows.loyalty_reward import LOYALTY_REWARD
from plugin.core.loyalty.accounts import HeldReward, Movement, PointsAccount
from plugin.core.loyalty.ledger import customer_account
from plugin.core.loyalty.rewards import cheapest_reward
from plugin.store import customers, flows, redemptions, shops
from plugin.store.tables import LedgerTransactionRow, PostingRow
from plugin.store.unit_of_work import Unit

NEWEST = 50  # movements on the page; older ones are the merchant's to look up


def points_account(unit: Unit, shopify_id: int, now: datetime) -> PointsAccount:
    """The points of the customer whom Shopify calls `shopify_id`, in the shop of `unit`.

    Shopify's ids are unique across shops, and still nothing of another shop is found here: every query names
    this one.
    """
    shop = shops.get(unit)
    switch = flows.switches(unit).get(LOYALTY_REWARD.id)
    reward = cheapest_reward(shop.currency) if switch is not None and switch.is_on else None
    name = f"shopify:{shopify_id}"
    merged = customers.find_names(unit, [name]).get(name)
    customer_id = merged.customer_id if merged else shopify_id
    person = customers.load(unit, [customer_id]).get(customer_id)
    if person is None or person.state.deleted_at is not None:
        return PointsAccount(next_reward=reward)
    return PointsAccount(
        points=person.points,
        movements=_movements(unit, customer_id),
        rewards=_rewards(unit, customer_id, now),
        next_reward=reward,
        gets_mail=why_not_mailable(person.state) is None,
        locale=person.state.contact_value("locale"),
    )


def _movements(unit: Unit, customer_id: int) -> tuple[Movement, ...]:
    posting, header = PostingRow, LedgerTransactionRow
    query = (
        select(col(header.at), col(header.reason), col(posting.points))
        .join(
            posting,
            and_(
                col(posting.shop_id) == col(header.shop_id),
                col(posting.transaction_id) == col(header.transaction_id),
            ),
        )
        .where(
            col(header.shop_id) == unit.shop_id,
            col(posting.account) == customer_account(customer_id),
        )
        .order_by(col(header.at).desc(), col(header.transaction_id).desc())
        .limit(NEWEST)
    )
    return tuple(
        Movement(at=row.at, reason=row.reason, points=row.points) for row in unit.connection.execute(query)
    )


def _rewards(unit: Unit, customer_id: int, now: datetime) -> tuple[HeldReward, ...]:
    return tuple(
        HeldReward(
            code=held.code, value_minor=held.value_minor, currency=held.currency, expires_at=held.expires_at
        )
        for held in redemptions.of_customer(unit, customer_id)
        if held.state == "issued" and held.why_worthless is None and held.expires_at > now
    )
