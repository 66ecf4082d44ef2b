"""What the shop says of itself and its wares: taken over as its newest word, so that decisions can ask."""

from datetime import datetime

from plugin.core.events import (
    DiscountChanged,
    ProductChanged,
    ProductDeleted,
    RedeemCodeChanged,
    ScopesChanged,
    SegmentNamed,
    ShopDescribed,
    ShopNews,
    StockChanged,
)
from plugin.pipeline.follow import follow
from plugin.store import catalogue, customers, purchases, redemptions, shops
from plugin.store.unit_of_work import Unit

_CODE_REMOVED, _ACTIVE = "code_removed", "active"


def take_note(unit: Unit, news: ShopNews, now: datetime) -> None:
    """Keep `news` unless something newer is known. Hearing it again changes nothing."""
    customers.lock_shop(unit)
    match news:
        case ShopDescribed():
            _describe(unit, news)
        case ScopesChanged(scopes=scopes, occurred_at=at):
            shops.note_scopes(unit, scopes, at)
        case ProductChanged():
            catalogue.describe_product(unit, news)
            _type_lines(unit, news, now)
        case ProductDeleted(product_id=product_id, occurred_at=at):
            catalogue.delete_product(unit, product_id, at)
        case StockChanged():
            catalogue.note_stock(unit, news)
        case SegmentNamed(segment_id=segment_id, name=name, occurred_at=at):
            catalogue.name_segment(unit, segment_id, name, at)
        case DiscountChanged(discount_gid=gid, status=status, occurred_at=at):
            redemptions.note_discount(unit, gid, state=status, at=at)
        case RedeemCodeChanged(discount_gid=gid, code=code, is_valid=is_valid, occurred_at=at):
            state = _ACTIVE if is_valid else _CODE_REMOVED
            redemptions.note_discount(unit, gid, state=state, at=at, code=code)


def _type_lines(unit: Unit, product: ProductChanged, now: datetime) -> None:
    """What was sold before anybody had said what kind of product it is, is of that kind."""
    if product.product_type:
        buyers = purchases.type_untyped(unit, product.product_id, product.product_type)
        if buyers:
            follow(unit, shops.get(unit), buyers, now)


def _describe(unit: Unit, news: ShopDescribed) -> None:
    shop = shops.get(unit)
    if shop.described_at is not None and shop.described_at >= news.occurred_at:
        return
    said = {
        "name": news.name,
        "email": news.email,
        "url": f"https://{news.host}" if news.host else None,
        "currency": news.currency,
        "timezone": news.timezone,
        "locale": news.locale,
    }
    known = {name: value for name, value in said.items() if value}
    shops.describe(unit, **known, described_at=news.occurred_at)
