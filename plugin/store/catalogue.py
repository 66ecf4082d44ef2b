"""What the shop sells and what its segments are called. Newer words win, in whatever order they come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from plugin.core.events import Line, ProductChanged, StockChanged, Variant
from plugin.store.columns import Row
from plugin.store.tables import ProductRow, ShopifySegmentRow, VariantRow
from plugin.store.unit_of_work import Unit
from plugin.store.upserts import insert_new, table_of, upsert

_CHUNK = 500
DELETED, NOT_FOR_SALE, OUT_OF_STOCK = "deleted", "not_for_sale", "out_of_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    is_for_sale: bool
    variant_ids: frozenset[int] | None
    is_deleted: bool


def describe_product(unit: Unit, product: ProductChanged) -> None:
    """Take over a product and what it says of its variants, unless newer words are known."""
    known = _rows(unit, ProductRow, "product_id", [product.product_id]).get(product.product_id)
    version = (product.version.updated_at, product.version.triggered_at)
    is_news = known is None or known.updated_at is None or (known.updated_at, known.triggered_at) < version
    if is_news:
        row = {
            "product_id": product.product_id,
            "title": product.title,
            "product_type": product.product_type,
            "is_for_sale": product.is_for_sale,
            "variant_ids": None if product.variant_ids is None else list(product.variant_ids),
            "updated_at": product.version.updated_at,
            "triggered_at": product.version.triggered_at,
        }
        upsert(unit, ProductRow, [row])
    _describe_variants(unit, product.variants, product.version.triggered_at)


def note_types(unit: Unit, types: Mapping[int, str]) -> None:
    """Orders of a shop's past tell what kind of product theirs were, of products that have not told themselves."""
    insert_new(
        unit,
        ProductRow,
        [
            {"product_id": product_id, "title": "", "product_type": kind, "is_for_sale": True}
            for product_id, kind in types.items()
        ],
    )


def delete_product(unit: Unit, product_id: int, at: datetime) -> None:
    row = {"product_id": product_id, "title": "", "is_for_sale": False, "deleted_at": at}
    known = _rows(unit, ProductRow, "product_id", [product_id]).get(product_id)
    if known is not None:
        row["title"] = known.title
    upsert(unit, ProductRow, [row])


def note_stock(unit: Unit, stock: StockChanged) -> None:
    """A variant can be bought again, or no longer. An inventory item that no product has named is nobody's."""
    variant_id = stock.variant_id or _variant_of(unit, stock.inventory_item_id)
    if variant_id is None:
        return
    variant = Variant(
        variant_id=variant_id, inventory_item_id=stock.inventory_item_id, is_in_stock=stock.is_in_stock
    )
    _describe_variants(unit, [variant], stock.occurred_at)


def unbuyable(unit: Unit, lines: Iterable[Line]) -> dict[Line, str]:
    """Those of `lines` that nobody can buy any more, each with why. What we never heard of can be bought."""
    asked = list(dict.fromkeys(lines))
    products = {
        product_id: _Product(
            is_for_sale=row.is_for_sale,
            variant_ids=None if row.variant_ids is None else frozenset(row.variant_ids),
            is_deleted=row.deleted_at is not None,
        )
        for product_id, row in _rows(
            unit, ProductRow, "product_id", [line.product_id for line in asked if line.product_id]
        ).items()
    }
    variants = _rows(unit, VariantRow, "variant_id", [line.variant_id for line in asked if line.variant_id])
    reasons = {line: _why_not(line, products, variants) for line in asked}
    return {line: reason for line, reason in reasons.items() if reason is not None}


def name_segment(unit: Unit, segment_id: int, name: str | None, at: datetime) -> None:
    """Take over a segment's name; None when it was deleted, which no older name undoes."""
    known = _rows(unit, ShopifySegmentRow, "segment_id", [segment_id]).get(segment_id)
    if known is None or known.named_at < at:
        upsert(unit, ShopifySegmentRow, [{"segment_id": segment_id, "name": name, "named_at": at}])


def segment_names(unit: Unit) -> dict[int, str]:
    """The merchant's own segments in Shopify, by id."""
    query = select(col(ShopifySegmentRow.segment_id), col(ShopifySegmentRow.name)).where(
        col(ShopifySegmentRow.shop_id) == unit.shop_id, col(ShopifySegmentRow.name).is_not(None)
    )
    return {row.segment_id: row.name for row in unit.connection.execute(query)}


def _why_not(line: Line, products: Mapping[int, _Product], variants: Mapping[int, Any]) -> str | None:
    product = products.get(line.product_id or 0)
    if product is not None:
        if product.is_deleted:
            return DELETED
        if line.variant_id and product.variant_ids is not None and line.variant_id not in product.variant_ids:
            return DELETED
        if not product.is_for_sale:
            return NOT_FOR_SALE
    variant = variants.get(line.variant_id or 0)
    return OUT_OF_STOCK if variant is not None and variant.is_in_stock is False else None


def _describe_variants(unit: Unit, told: Sequence[Variant], at: datetime) -> None:
    known = _rows(unit, VariantRow, "variant_id", [variant.variant_id for variant in told])
    rows: list[dict[str, Any]] = []
    for variant in told:
        before = known.get(variant.variant_id)
        is_news = variant.is_in_stock is not None and (
            before is None or before.stock_at is None or before.stock_at < at
        )
        rows.append(
            {
                "variant_id": variant.variant_id,
                "inventory_item_id": variant.inventory_item_id
                or (before.inventory_item_id if before else None),
                "is_in_stock": variant.is_in_stock if is_news else before.is_in_stock if before else None,
                "stock_at": at if is_news else before.stock_at if before else None,
            }
        )
    upsert(unit, VariantRow, rows)


def _variant_of(unit: Unit, inventory_item_id: int | None) -> int | None:
    query = select(col(VariantRow.variant_id)).where(
        col(VariantRow.shop_id) == unit.shop_id, col(VariantRow.inventory_item_id) == inventory_item_id
    )
    return None if inventory_item_id is None else unit.connection.scalar(query)


def _rows(unit: Unit, model: type[Row], key: str, ids: Sequence[int]) -> dict[int, Any]:
    table = table_of(model)
    found: dict[int, Any] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        query = select(table).where(
            table.c.shop_id == unit.shop_id, table.c[key].in_(wanted[start : start + _CHUNK])
        )
        found.update((getattr(row, key), row) for row in unit.connection.execute(query))
    return found
