"""One thing that happens in a store: a transaction, and one event id that all of its webhooks share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from devstore.store import Store
from devstore.webhooks.courier import Courier
from devstore.webhooks.parts import Body

_ALWAYS_SENT: Final = frozenset(
    {"app/uninstalled", "customers/data_request", "customers/redact", "shop/redact"}
)
"""What an app hears of even after it was removed; of all else it hears nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    store: Store
    courier: Courier
    event: str

    def send(self, topic: str, body: Body) -> None:
        if self.store.is_installed or topic in _ALWAYS_SENT:
            self.courier.send(self.store.shop, topic, body, event=self.event)


@contextmanager
def act_in(store: Store, courier: Courier) -> Iterator[Act]:
    """Whatever is changed and sent inside happens together or not at all."""
    with store.database.transaction():
        yield Act(store=store, courier=courier, event=store.next_token("event"))
