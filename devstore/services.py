"""What every part of one devstore shares."""

from dataclasses import dataclass

from devstore.admin.endpoint import Buckets
from devstore.config import DevstoreConfig
from devstore.database import Database
from devstore.faults import FaultsByShop
from devstore.shoppers import Shoppers
from devstore.store import Store
from devstore.webhooks.courier import Courier


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    config: DevstoreConfig
    database: Database
    courier: Courier
    buckets: Buckets
    faults: FaultsByShop

    def store(self, shop: str) -> Store:
        return Store(self.database, self.config, shop)

    def shoppers(self, shop: str) -> Shoppers:
        return Shoppers(self.store(shop), self.courier)
