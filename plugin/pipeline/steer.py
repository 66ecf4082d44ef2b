"""What the merchant steers: flows on and off, and the few settings of a shop."""

import unicodedata
from datetime import datetime, time
from typing import TypedDict

from plugin.core.flows import FLOW_BY_ID
from plugin.rendering.localisation import LANGUAGES
from plugin.store import flows, shops
from plugin.store.unit_of_work import Unit

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


def _address(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    address = "\n".join(line for line in lines if line)
    if len(address) > MAX_ADDRESS:
        raise InvalidSettingError("postal_address", "too_long")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" for sign in address):
        raise InvalidSettingError("postal_address", "control_characters")
    return address
