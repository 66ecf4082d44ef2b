"""The people a batch of facts is about: found by name, joined where two turn out to be one, saved once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from plugin.core.customers import CustomerState
from plugin.core.events import CheckoutDeleted, CustomerEvent, CustomersMerged, Version
from plugin.core.flows.base import SegmentChanged
from plugin.core.folding import fold_all, join, merge
from plugin.core.identity import Tie, digest, first_heard, own_customer, owner_of, person_names
from plugin.core.lifecycle.shop_model import ShopModel
from plugin.core.lifecycle.stages import Stage, Standing
from plugin.core.loyalty.ledger import Posting, Transaction, customer_account
from plugin.pipeline import membership
from plugin.pipeline.facts import renew
from plugin.pipeline.membership import Reason
from plugin.store import (
    customers,
    events,
    facts,
    flows,
    ledger,
    models,
    outbox,
    purchases,
    redemptions,
    tagging,
)
from plugin.store.customers import Identity, KnownCustomer
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

_UNKNOWN = Standing(stage=Stage.PROSPECT, since=None, reason="first_seen", next_change_at=None)


@dataclass
class People:
    """Everyone touched by one unit of work. Loads in bulk, answers from memory, writes at the end."""

    unit: Unit
    shop: Shop
    now: datetime
    before: dict[int, KnownCustomer] = field(default_factory=dict)
    known: dict[int, KnownCustomer] = field(default_factory=dict)
    ties: dict[str, Tie] = field(default_factory=dict)
    new_ties: dict[str, Tie] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    heard: dict[int, list[CustomerEvent]] = field(default_factory=dict)
    """Told and not folded yet."""
    erased: dict[str, datetime] = field(default_factory=dict)
    absorbed: dict[int, int] = field(default_factory=dict)
    taken_over: dict[int, set[int]] = field(default_factory=dict)
    """Orders that came with somebody who was absorbed, by who has them now."""
    bought: set[int] = field(default_factory=set)
    """Whose orders have changed."""

    @cached_property
    def model(self) -> ShopModel:
        """The shop's newest, loaded once per unit of work."""
        return models.current(self.unit)

    def prepare(self, facts: Iterable[CustomerEvent]) -> None:
        """Load everybody whom `facts` may be about."""
        names = {name for fact in facts for name in (*person_names(fact.person), *fact.links)}
        for name, identity in customers.find_names(self.unit, names).items():
            self.ties.setdefault(name, Tie(customer_id=identity.customer_id, as_of=identity.as_of))
        ids = {tie.customer_id for tie in self.ties.values()}
        ids |= {fact.person.shopify_id for fact in facts if fact.person.shopify_id is not None}
        ids |= {fact.deleted_id for fact in facts if isinstance(fact, CustomersMerged)}
        ids |= {own for fact in facts if (own := own_customer(fact)) is not None}
        loaded = customers.load(self.unit, ids - self.known.keys())
        self.before.update(loaded)
        self.known.update(loaded)
        digests = {digest(self.shop.salt, name): name for name in names}
        for found, at in customers.buried(self.unit, digests).items():
            self.erased[digests[found]] = at

    def erased_at(self, fact: CustomerEvent) -> datetime | None:
        """When the person of `fact` was erased, if they were."""
        names = (*person_names(fact.person), *fact.links)
        return max((self.erased[name] for name in names if name in self.erased), default=None)

    def hear(self, fact: CustomerEvent) -> int | None:
        """Tell `fact` to the person it belongs to; returns who that is, or None when nobody is known."""
        owner = owner_of(self.shop.shop_id, fact, self.ties)
        if owner is None:
            return None
        for guest in owner.absorbs:
            self._absorb(guest, owner.customer_id)
        if isinstance(fact, CustomersMerged):
            self._take_over(fact, owner.customer_id)
        self.tell(owner.customer_id, fact)
        self._tie_names(fact, owner.customer_id)
        return owner.customer_id

    def tell(self, customer_id: int, fact: CustomerEvent) -> None:
        """This customer's state is to know of `fact`, from `fold_heard` on."""
        self._person(customer_id)
        self.changed.add(customer_id)
        self.heard.setdefault(customer_id, []).append(fact)

    def fold_heard(self) -> None:
        """Fold what was told into the states, all of a customer's facts at once."""
        for customer_id in list(self.heard):
            self._fold_heard_of(customer_id)

    def _fold_heard_of(self, customer_id: int) -> None:
        facts = self.heard.pop(customer_id, [])
        if facts:
            person = self._person(customer_id)
            since = min(person.created_at, *map(first_heard, facts))
            self._keep(replace(person, state=fold_all(person.state, facts), created_at=since))

    def update(self, person: KnownCustomer) -> None:
        """Take over what else is known of a person: points, standing."""
        self._keep(person)

    def present_id(self, customer_id: int) -> int:
        """Who this is at the end of the batch: a guest who opened it may be an account by now."""
        while customer_id in self.absorbed:
            customer_id = self.absorbed[customer_id]
        return customer_id

    def save(self, reason: Reason = "event") -> Mapping[int, list[SegmentChanged]]:
        """Write everybody who has changed, and what follows; which memberships that changed, by customer."""
        changed = [self.known[customer_id] for customer_id in sorted(self.changed)]
        customers.save(self.unit, changed, self.now)
        ties = {
            name: Identity(customer_id=tie.customer_id, as_of=tie.as_of)
            for name, tie in self.new_ties.items()
        }
        customers.save_names(self.unit, ties)
        settled = renew(
            self.unit, self.shop, changed, self.now, reason=reason, bought=self.bought, model=self.model
        )
        return settled.changes

    def _person(self, customer_id: int) -> KnownCustomer:
        if customer_id not in self.known:
            self.known[customer_id] = KnownCustomer(
                state=CustomerState(id=customer_id),
                standing=_UNKNOWN,
                points=0,
                redemptions=0,
                created_at=self.now,
            )
        return self.known[customer_id]

    def _keep(self, person: KnownCustomer) -> None:
        self.known[person.state.id] = person
        self.changed.add(person.state.id)

    def _tie_names(self, fact: CustomerEvent, customer_id: int) -> None:
        statement = Tie(customer_id=customer_id, as_of=fact.version.updated_at)
        for name in (*person_names(fact.person), *fact.links):
            current = self.ties.get(name)
            if name.startswith(("shopify:", "customer:")) or current == statement:
                continue
            if current is not None and current.customer_id != customer_id:
                if (current.as_of, current.customer_id) > (statement.as_of, customer_id):
                    self._leave_behind(name, fact, customer_id)
                    continue
                self._leave_behind(name, fact, current.customer_id)
            if current is None or current.as_of < statement.as_of or current.customer_id != customer_id:
                self.ties[name] = self.new_ties[name] = statement

    def _leave_behind(self, name: str, fact: CustomerEvent, former_owner: int) -> None:
        """A checkout changed hands (another address was typed in): its former owner is not reminded of it."""
        kind, _, token = name.partition(":")
        if kind not in {"checkout", "cart"} or former_owner not in self.known:
            return
        at = fact.version.updated_at
        gone = CheckoutDeleted(
            id=f"{fact.id}:left:{former_owner}",
            occurred_at=at,
            version=Version(updated_at=at, triggered_at=at),
            token=token if kind == "checkout" else None,
            cart_token=token if kind == "cart" else None,
        )
        self.tell(former_owner, gone)

    def _take_over(self, merged: CustomersMerged, kept_id: int) -> None:
        """Shopify made one record of two. Whoever names the deleted one from now on means the kept one."""
        alias = f"shopify:{merged.deleted_id}"
        known = self.ties.get(alias)
        if known is not None or merged.deleted_id == kept_id:
            return  # heard before, or the two have been one for long
        self._absorb(merged.deleted_id, kept_id)
        self.ties[alias] = self.new_ties[alias] = Tie(customer_id=kept_id, as_of=merged.version.updated_at)

    def _absorb(self, guest_id: int, survivor_id: int) -> None:
        """The guest, or a record that Shopify merged, and the account are one person: the account keeps all."""
        if guest_id == survivor_id or guest_id not in self.known:
            return
        for customer_id in (guest_id, survivor_id):
            self._fold_heard_of(customer_id)
        guest, survivor = self.known.pop(guest_id), self._person(survivor_id)
        points = survivor.points + self._move_points(guest, survivor_id)
        self._keep(
            replace(
                survivor,
                state=(merge if guest_id > 0 else join)(survivor.state, guest.state),
                points=points,
                redemptions=survivor.redemptions + guest.redemptions,
                created_at=min(survivor.created_at, guest.created_at),
            )
        )
        self.changed.discard(guest_id)
        for name, as_of in self._names_of(guest_id).items():
            self.ties[name] = self.new_ties[name] = Tie(customer_id=survivor_id, as_of=as_of)
        self.absorbed[guest_id] = survivor_id
        self.taken_over.setdefault(survivor_id, set()).update(
            self.taken_over.pop(guest_id, ()), guest.state.orders, _orders_told_of(guest.state)
        )
        purchases.move(self.unit, old=guest_id, new=survivor_id)
        facts.remove(self.unit, guest_id)
        membership.absorb(self.unit, self.shop, old=guest_id, new=survivor_id, now=self.now)
        customers.move_proofs(self.unit, old=guest_id, new=survivor_id)
        events.move(self.unit, old=guest_id, new=survivor_id)
        flows.move_customer(self.unit, old=guest_id, new=survivor_id)
        outbox.move_customer(self.unit, old=guest_id, new=survivor_id)
        redemptions.move_customer(self.unit, old=guest_id, new=survivor_id)
        tagging.move_customer(self.unit, old=guest_id, new=survivor_id)
        customers.remove(self.unit, guest_id)

    def _names_of(self, guest_id: int) -> dict[str, datetime]:
        """Every name of the guest, and how new it is. Links in mail that the guest was sent name the guest's id."""
        stored = customers.names_of(self.unit, guest_id)
        names = {name: identity.as_of for name, identity in stored.items() if name not in self.ties}
        names |= {name: tie.as_of for name, tie in self.ties.items() if tie.customer_id == guest_id}
        return {customers.former_name(guest_id): self.now, **names}

    def _move_points(self, guest: KnownCustomer, survivor_id: int) -> int:
        if guest.points == 0:
            return 0
        subject = f"merge:{guest.state.id}"
        _, before = ledger.granted_for(self.unit, [subject]).get(subject, (0, 0))
        transaction = Transaction(
            id=f"{subject}:{survivor_id}:{before}",
            at=self.now,
            reason="customers_joined",
            postings=(
                Posting(account=customer_account(guest.state.id), points=-guest.points),
                Posting(account=customer_account(survivor_id), points=guest.points),
            ),
            customer_id=survivor_id,
            subject=subject,
        )
        return guest.points if ledger.post(self.unit, transaction) else 0


def _orders_told_of(state: CustomerState) -> set[int]:
    """Orders that this state says something of, also those that it has never heard of themselves."""
    parts = (state.refunds, state.payments, state.fulfillments, state.shipment_reports)
    return {word.order_id for part in parts for word in part.values()} | {*state.deleted_orders}
