"""Privacy and end of life: hand out everything about a person, erase a person, erase a shop.

All of it works without Shopify: by the time these requests come, the tokens are often dead. Erasing has two
halves, because the raw webhooks live in the inbox: the rows go in one transaction, the bodies right after,
and the request stays `erasing` until both are done.
"""

import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.core.events import CustomerDataRequested, CustomerErasureRequested, Person
from plugin.core.identity import digest, person_names
from plugin.core.keys import fingerprint
from plugin.core.loyalty.ledger import forfeit
from plugin.pipeline import membership
from plugin.pipeline.rewards import give_back
from plugin.store import customers, flows, ledger, outbox, privacy, shops
from plugin.store.customers import KnownCustomer
from plugin.store.inbox import InboxStore
from plugin.store.privacy import PrivacyRequest
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Database, Unit

ERASURE_DELAY = timedelta(hours=48)
"""Shopify sends shop/redact this long after the uninstall."""

_SEPARATOR = "\n"
_PAGE = 200
_log = logging.getLogger(__name__)


def uninstall(unit: Unit, at: datetime, now: datetime) -> bool:
    """Stop everything for this shop. False when the notice is about an older installation."""
    shop = shops.find(unit)
    if shop is None or shop.state == shops.UNINSTALLED:
        return False
    since = shop.connected_at or shop.installed_at
    if since is not None and at < since:
        _log.warning("an uninstall notice older than the present installation was ignored")
        return False
    shops.set_state(
        unit, shops.UNINSTALLED, at=now, reason="app/uninstalled", author="shopify", uninstalled_at=at
    )
    shops.drop_tokens(unit, "uninstalled")
    customers.lock_shop(unit)
    for effect in outbox.open_codes(unit):
        give_back(unit, effect, reason="shop_uninstalled", now=now)
    outbox.cancel_open(unit, reason="shop_uninstalled")
    flows.end_all(unit, reason="shop_uninstalled", now=now)
    return True


def note_data_request(unit: Unit, request: CustomerDataRequested, now: datetime) -> None:
    """Have the export ready for the merchant, who owes it to the person within 30 days."""
    found = sorted(_ids_of(unit, request.person, request.order_ids))
    privacy.receive(
        unit,
        request_id=f"data_request:{request.request_id}",
        kind=privacy.DATA_REQUEST,
        state=privacy.READY,
        at=now,
        summary={"customers": ",".join(str(customer_id) for customer_id in found)},
    )


def forget_customer(unit: Unit, shop: Shop, request: CustomerErasureRequested, now: datetime) -> int:
    """Erase the person's rows and bury their names; the inbox follows. Returns how many customers went."""
    customers.lock_shop(unit)
    found = _ids_of(unit, request.person, request.order_ids)
    names = set(person_names(request.person)) | {f"order:{order_id}" for order_id in request.order_ids}
    for customer_id, known in customers.load(unit, found).items():
        names |= _contact_names(known)
        if known.points:
            ledger.post(unit, forfeit(customer_id=customer_id, points=known.points, at=now))
    for customer_id in found:
        names.update(customers.names_of(unit, customer_id))
        if customer_id > 0:
            names.add(f"shopify:{customer_id}")
        membership.forget(unit, shop, customer_id, now)
        privacy.erase_customer(unit, customer_id)
    subjects = [name for name in names if name.startswith(("order:", "checkout:", "cart:"))]
    privacy.erase_unclaimed(unit, subjects)
    customers.bury(unit, [digest(shop.salt, name) for name in names], now)
    moment = request.occurred_at.isoformat()
    privacy.receive(
        unit,
        request_id=f"redact:{fingerprint(moment, *sorted(names))}",
        kind=privacy.CUSTOMER_REDACT,
        state=privacy.ERASING,
        at=now,
        summary={"names": _SEPARATOR.join(sorted(names))},
    )
    return len(found)


def forget_shop(unit: Unit, at: datetime, now: datetime) -> bool:
    """Begin to erase a shop that has left. False when it is installed again: the request is about its past."""
    shop = shops.find(unit)
    if shop is None:
        return False
    has_left = shop.state in {shops.UNINSTALLED, shops.PENDING}
    since = shop.connected_at or shop.installed_at
    is_of_this_installation = since is None or since <= at - ERASURE_DELAY
    if not has_left and not is_of_this_installation:
        _log.warning("a shop/redact of an earlier installation was ignored: the shop is installed again")
        return False
    privacy.receive(
        unit,
        request_id=f"shop_redact:{shop.generation}:{at.isoformat()}",
        kind=privacy.SHOP_REDACT,
        state=privacy.ERASING,
        at=now,
        summary={},
    )
    privacy.erase_shop(unit)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Finishes erasures: the raw bodies in the inbox."""

    database: Database
    inbox: InboxStore

    def finish(self, now: datetime) -> int:
        """Complete what is `erasing`; returns how many requests were completed."""
        requests = privacy.unfinished_erasures(self.database)
        for request in requests:
            if request.kind == privacy.SHOP_REDACT:
                erased = self.inbox.erase(request.shop_id)
            else:
                erased = self._erase_mentions(request)
            with self.database.unit(request.shop_id) as unit:
                summary = {"bodies_erased": str(erased)}
                privacy.settle(unit, request.request_id, state=privacy.DONE, at=now, summary=summary)
        return len(requests)

    def _erase_mentions(self, request: PrivacyRequest) -> int:
        """What came after the request is not part of it: it may be the same person, come back."""
        names = [name for name in request.summary.get("names", "").split(_SEPARATOR) if name]
        if not names:
            return 0
        mention = _mention_of(names)
        after, erased = "", 0
        while page := self.inbox.of_shop(request.shop_id, after=after, limit=_PAGE):
            mentioning = [
                delivery.delivery_id
                for delivery in page
                if delivery.received_at <= request.received_at and mention.search(delivery.body.lower())
            ]
            erased += self.inbox.erase(request.shop_id, mentioning) if mentioning else 0
            after = page[-1].delivery_id
        return erased


def export_customer(unit: Unit, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything the house knows about a person, table by table."""
    return privacy.everything_about(unit, customer_id)


def _ids_of(unit: Unit, person: Person, order_ids: tuple[int, ...]) -> set[int]:
    """Who is meant, by id, address, phone or order: any of them may be missing from a request."""
    names = [*person_names(person), *(f"order:{order_id}" for order_id in order_ids)]
    found = {identity.customer_id for identity in customers.find_names(unit, names).values()}
    if person.shopify_id is not None and customers.load(unit, [person.shopify_id]):
        found.add(person.shopify_id)
    return found


def _contact_names(known: KnownCustomer) -> set[str]:
    """Addresses that the picture shows, beside those that facts were told under."""
    values = {kind: known.state.contact_value(kind) for kind in ("email", "phone")}
    return {f"{kind}:{value.lower()}" for kind, value in values.items() if value}


def _mention_of(names: Iterable[str]) -> re.Pattern[bytes]:
    """Finds a name's value in a raw body, as it is and as JSON may spell it; never inside a longer word or number.

    Somebody else's `jasmina@example.com` or order 17001 must not be taken for `mina@example.com` or order 7001.
    """
    values = {name.partition(":")[2].lower() for name in names}
    spellings = {spelling for value in values for spelling in (value, json.dumps(value)[1:-1].lower())}
    found = b"|".join(re.escape(spelling.encode()) for spelling in sorted(spellings))
    return re.compile(rb"(?<![0-9a-z._%+-])(?:" + found + rb")(?![0-9a-z_-])")
