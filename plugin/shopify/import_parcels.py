"""Parcels in the rows of an import: the same events that fulfillments/* lead to."""

from plugin.core.events import FulfillmentChanged, Person
from plugin.shopify.contact_points import id_in
from plugin.shopify.event_identity import UNSEALED, sealed
from plugin.shopify.import_fields import Row, version_of

_NO_WORD_OF_A_CARRIER = frozenset({"", "fulfilled", "marked_as_fulfilled", "canceled"})


def parcels(node: Row, order_id: int, person: Person) -> tuple[FulfillmentChanged, ...]:
    return tuple(_parcel(row, order_id, person) for row in node.get("fulfillments") or ())


def _parcel(row: Row, order_id: int, person: Person) -> FulfillmentChanged:
    fulfillment_id = id_in(row["id"], "Fulfillment")
    version = version_of(row["updatedAt"])
    word = (row.get("displayStatus") or "").lower()
    changed = FulfillmentChanged(
        id=UNSEALED,
        occurred_at=version.updated_at,
        version=version,
        person=person,
        links=(f"order:{order_id}",),
        fulfillment_id=fulfillment_id,
        order_id=order_id,
        status=(row.get("status") or "").lower(),
        shipment_status=None if word in _NO_WORD_OF_A_CARRIER else word,
    )
    return sealed(changed, "fulfillment", fulfillment_id, besides=frozenset({"person", "links"}))
