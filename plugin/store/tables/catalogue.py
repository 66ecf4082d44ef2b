"""What the shop sells and names, as far as decisions ask: can this be bought, what is that segment called."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from plugin.store.columns import Row, UTCDateTime


class ProductRow(Row, table=True):
    """A product's newest word; `updated_at` and `triggered_at` say how new. A deleted one never comes back."""

    __tablename__ = "products"

    product_id: int = Field(sa_type=BigInteger, primary_key=True)
    title: str = ""
    product_type: str | None = None
    is_for_sale: bool = True
    """Active and published."""
    variant_ids: list[int] | None = Field(default=None, sa_type=JSON)
    """Every variant the product has; empty where we were never told all of them."""
    updated_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    triggered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class VariantRow(Row, table=True):
    """Whether a variant is in stock; empty where nobody has said so."""

    __tablename__ = "variants"
    __table_args__ = (Index("ix_variants_inventory_item", "shop_id", "inventory_item_id"),)

    variant_id: int = Field(sa_type=BigInteger, primary_key=True)
    inventory_item_id: int | None = Field(default=None, sa_type=BigInteger)
    is_in_stock: bool | None = None
    stock_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ShopifySegmentRow(Row, table=True):
    """A segment that the merchant made in Shopify; without a name once it was deleted there."""

    __tablename__ = "shopify_segments"

    segment_id: int = Field(sa_type=BigInteger, primary_key=True)
    name: str | None = None
    named_at: datetime = Field(sa_type=UTCDateTime)
