"""Bodies of `products/*` and `variants/*`. The devstore's catalogue never changes; what is left of it does."""

from datetime import datetime

from devstore.catalogue import Product
from devstore.model import amount, gid
from devstore.store import Store
from devstore.webhooks.parts import Body, local


def product(value: Product, store: Store, at: datetime, *, left: int, is_published: bool = True) -> Body:
    moment = local(at, store)
    return {
        "id": value.id,
        "admin_graphql_api_id": gid("Product", value.id),
        "title": value.title,
        "body_html": "",
        "handle": value.handle,
        "product_type": value.product_type,
        "vendor": value.vendor,
        "status": "active" if is_published else "draft",
        "published_at": moment if is_published else None,
        "published_scope": "web",
        "created_at": moment,
        "updated_at": moment,
        "tags": "",
        "template_suffix": None,
        "options": [],
        "images": [],
        "image": None,
        "media": [],
        "category": None,
        "has_variants_that_requires_components": False,
        "variants": [variant(value, store, at, left=left)],
        "variant_gids": [
            {"admin_graphql_api_id": gid("ProductVariant", value.variant_id), "updated_at": moment}
        ],
    }


def variant(value: Product, store: Store, at: datetime, *, left: int) -> Body:
    moment = local(at, store)
    return {
        "id": value.variant_id,
        "admin_graphql_api_id": gid("ProductVariant", value.variant_id),
        "product_id": value.id,
        "title": "CD",
        "price": amount(value.price),
        "compare_at_price": None,
        "position": 1,
        "inventory_policy": "deny",
        "inventory_item_id": value.variant_id + 1_000_000_000_000,
        "inventory_quantity": left,
        "old_inventory_quantity": left,
        "option1": "CD",
        "option2": None,
        "option3": None,
        "created_at": moment,
        "updated_at": moment,
        "taxable": True,
        "barcode": None,
        "sku": value.sku,
        "image_id": None,
    }


def level(value: Product, store: Store, at: datetime, *, left: int) -> Body:
    item = value.variant_id + 1_000_000_000_000
    return {
        "inventory_item_id": item,
        "location_id": 90_000_000_001,
        "available": left,
        "updated_at": local(at, store),
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/90000000001?inventory_item_id={item}",
    }
