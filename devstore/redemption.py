"""Using a discount code in an order."""

from dataclasses import replace

from devstore.model import Customer, Discount, DiscountUse
from devstore.store import Store


def redeem(store: Store, code: str, buyer: Customer, subtotal: int) -> DiscountUse | None:
    """Count one use of `code`, or return None where it does not apply to this buyer and basket."""
    discount = store.discounts.by_alias(code.lower())
    if discount is None or not _may_use(store, discount, buyer, subtotal):
        return None
    store.discounts.put(replace(discount, uses=discount.uses + 1))
    if discount.percentage is not None:
        cents, kind, value = round(subtotal * discount.percentage), "percentage", 100 * discount.percentage
    else:
        cents, kind, value = discount.cents or 0, "fixed_amount", (discount.cents or 0) / 100
    return DiscountUse(code=discount.code, kind=kind, cents=min(cents, subtotal), value=round(value, 4))


def _may_use(store: Store, discount: Discount, buyer: Customer, subtotal: int) -> bool:
    is_active = discount.status(store.now()) == "ACTIVE"
    is_for_buyer = not discount.customer_ids or buyer.id in discount.customer_ids
    is_left = discount.usage_limit is None or discount.uses < discount.usage_limit
    is_enough = discount.minimum_subtotal is None or subtotal >= discount.minimum_subtotal
    is_spent = discount.once_per_customer and _has_used(store, discount, buyer)
    return is_active and is_for_buyer and is_left and is_enough and not is_spent


def _has_used(store: Store, discount: Discount, buyer: Customer) -> bool:
    used = {use.code.lower() for order in store.orders.by_owner(buyer.id) for use in order.discounts}
    return discount.code.lower() in used
