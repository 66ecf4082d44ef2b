"""What is on the shelves: sold out, in stock again, taken off sale."""

from devstore.catalogue import PRODUCTS, Product
from devstore.shoppers.counter import Counter
from devstore.webhooks import product_bodies

_A_BOX = 12  # pieces that come in at a time


class Shelves(Counter):
    def sell_out(self, product: int) -> None:
        """The last piece of a product goes; `product` is its place in the catalogue, from 0."""
        self._stock(PRODUCTS[product % len(PRODUCTS)], left=0)

    def restock(self, product: int) -> None:
        self._stock(PRODUCTS[product % len(PRODUCTS)], left=_A_BOX)

    def unpublish(self, product: int) -> None:
        """The merchant takes a product off sale."""
        with self._act() as act:
            taken = PRODUCTS[product % len(PRODUCTS)]
            now = self._store.now()
            body = product_bodies.product(taken, self._store, now, left=_A_BOX, is_published=False)
            act.send("products/update", body)

    def delete_product(self, product: int) -> None:
        with self._act() as act:
            act.send("products/delete", {"id": PRODUCTS[product % len(PRODUCTS)].id})

    def _stock(self, product: Product, *, left: int) -> None:
        with self._act() as act:
            now = self._store.now()
            topic = "variants/in_stock" if left else "variants/out_of_stock"
            act.send(topic, product_bodies.variant(product, self._store, now, left=left))
            act.send("inventory_levels/update", product_bodies.level(product, self._store, now, left=left))
            act.send("products/update", product_bodies.product(product, self._store, now, left=left))
