"""The power goes out in the middle of things, and comes back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.shopify.api import Answer
from plugin.shopify.fake import FakeAdmin
from plugin.shopify.operations import Operation
from plugin.wiring import House, build_house
from tests.world import World


class SimulatedCrash(BaseException):
    """Not an `Exception`: no code of ours may catch it and carry on, as none survives SIGKILL."""


def restarted(world: World) -> World:
    """The same databases, clock, mailbox and Shopify behind a new process; the old one is gone."""
    world.house.close()
    return replace(world, house=another_house(world))


def another_house(world: World) -> House:
    """A second process on the same databases."""
    return build_house(world.house.settings, world.clock, api=world.admin, channel=world.mail)


class DyingAdmin:
    """Shopify does what it is asked; then this process dies before it hears so."""

    def __init__(self, admin: FakeAdmin, *, at: str | None = None) -> None:
        """`at` names the operation that it dies of; any, unless named."""
        self._admin = admin
        self._at = at

    def execute(
        self, shop_id: int, shop: str, operation: Operation, variables: Mapping[str, Any], now: datetime
    ) -> Answer:
        answer = self._admin.execute(shop_id, shop, operation, variables, now)
        if self._at not in {None, operation.name}:
            return answer
        raise SimulatedCrash(operation.name)
