"""What the merchant steers: flows, settings, and what is tried again or put away by their word."""

import unicodedata
from datetime import datetime, time
from typing import TypedDict

from plugin.core.flows import FLOW_BY_ID
from plugin.pipeline.advance import OUTBOX
from plugin.rendering.localisation import LANGUAGES
from plugin.store import flows, imports, outbox, privacy, queue, shops
from plugin.store.inbox_store import InboxStore
from plugin.store.unit_of_work import Unit

GUIDE_DISMISSED = "guide:dismissed"
"""The change of a shop after which its setup guide never comes back."""

_WAITS_FOR_SETTINGS = ("no_postal_address", "quiet_hours")
"""Why a message may be waiting for the very thing that a merchant has just set."""

MAX_ADDRESS = 300  # characters; what a message shows of it


class InvalidSettingError(ValueError):
    """This cannot be stored as it was entered. `field` names the entry, `reason` says what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class SettingValues(TypedDict, total=False):
    """What a merchant may set; what is left out stays as it is."""

    admin_language: str | None
    """One of the languages we speak; None follows the Shopify admin."""
    postal_address: str
    quiet_from: time | None
    """Local time of the shop; None for no quiet hours. Set it together with `quiet_until`."""
    quiet_until: time | None


def turn_flow(unit: Unit, flow_id: str, *, is_on: bool, now: datetime, author: str) -> bool:
    """Switch a flow; False when it stood that way already. Raises `LookupError` for a flow we do not run.

    Off takes effect at the wire: what is queued is skipped there, what is running goes on without a message.
    """
    if flow_id not in FLOW_BY_ID:
        raise LookupError(f"there is no flow {flow_id!r}; flows are: {', '.join(FLOW_BY_ID)}")
    return flows.turn(unit, flow_id, is_on=is_on, at=now, author=author)


def change_settings(unit: Unit, values: SettingValues, *, now: datetime, author: str) -> None:
    """Store what the merchant set. Raises `InvalidSettingError`, and then nothing is stored."""
    checked = SettingValues(**values)
    language = checked.get("admin_language")
    if language is not None and language not in LANGUAGES:
        raise InvalidSettingError("admin_language", "unknown_language")
    if "postal_address" in checked:
        checked["postal_address"] = _address(checked["postal_address"])
    if (checked.get("quiet_from") is None) != (checked.get("quiet_until") is None):
        raise InvalidSettingError("quiet_until", "half_a_window")
    if checked:
        shops.change_settings(unit, dict(checked), at=now, author=author)
        if outbox.hasten(unit, _WAITS_FOR_SETTINGS, at=now):
            queue.wake(unit, OUTBOX, now)


def dismiss_guide(unit: Unit, *, now: datetime, author: str) -> None:
    """Put the setup guide away for good."""
    shops.record_change(unit, change=GUIDE_DISMISSED, at=now, reason="merchant", author=author)


def import_again(unit: Unit, kind: str, *, now: datetime, author: str) -> bool:
    """Begin a failed import of the present installation anew; False when it did not fail.

    Raises `LookupError` for a kind we do not import. What came in already is known by its ids and counted once.
    """
    if kind not in imports.KINDS:
        raise LookupError(f"there is no import of {kind!r}; imports are: {', '.join(imports.KINDS)}")
    found = next((each for each in imports.of_shop(unit) if each.kind == kind), None)
    if found is None or found.state != "failed":
        return False
    imports.change(
        unit,
        found,
        state="requested",
        operation_gid=None,
        rows_expected=0,
        rows_done=0,
        reason="",
        requested_at=now,
        ended_at=None,
        due=now,
    )
    shops.record_change(unit, change=f"import:{kind}", at=now, reason="merchant", author=author)
    return True


def understand_again(
    unit: Unit, inbox: InboxStore, *, now: datetime, author: str, delivery_id: str | None = None
) -> int:
    """Have the worker try one failed delivery of the shop again, or all of them; returns how many there are."""
    count = inbox.reopen(unit.shop_id, only_failed=True, delivery_id=delivery_id)
    if count:
        shops.record_change(unit, change=f"replay:{count}", at=now, reason="merchant", author=author)
    return count


def answer_request(unit: Unit, request_id: str, *, now: datetime, author: str) -> None:
    """Note that the merchant has handed out a copy. From then on we no longer know who it was about.

    Raises `LookupError` unless it is an open data request of this shop.
    """
    asked = next((each for each in privacy.of_shop(unit) if each.request_id == request_id), None)
    if asked is None or asked.kind != privacy.DATA_REQUEST or asked.state == privacy.DONE:
        raise LookupError("there is no such open data request in this shop")
    privacy.settle(unit, request_id, state=privacy.DONE, at=now, summary={"answered_by": author})


def _address(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    address = "\n".join(line for line in lines if line)
    if len(address) > MAX_ADDRESS:
        raise InvalidSettingError("postal_address", "too_long")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" for sign in address):
        raise InvalidSettingError("postal_address", "control_characters")
    return address
