"""What people do in the store: leave a checkout, order, send something back. Each act sends the webhooks Shopify would.

Every act happens at the devstore clock's time, in one transaction with the webhooks that tell of it.
"""

from devstore.shoppers.checkouts import Checkouts
from devstore.shoppers.counter import ShopperError
from devstore.shoppers.farewells import Farewells
from devstore.shoppers.items import Item
from devstore.shoppers.orders import Orders
from devstore.shoppers.parcels import Parcels
from devstore.shoppers.people import People
from devstore.shoppers.shelves import Shelves

__all__ = ["Item", "ShopperError", "Shoppers"]


class Shoppers(People, Checkouts, Orders, Parcels, Shelves, Farewells):
    """The people of one shop. `customer` is always an id of `create_customer` or of the seeded ones."""
