"""What a template may know: values only, each cleaned on its way in. No object of the app ever reaches a template."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from plugin.rendering.errors import IncompleteSenderError, UnsafeLinkError
from plugin.rendering.plain_text import single_line

Value = str | int | None | list["Values"]
Values = dict[str, "Value | Values"]

MAX_NAME = 60  # characters; a longer first name is a paste accident
MAX_SHOP_NAME = 80
MAX_TITLE = 120
MAX_ADDRESS = 300
MAX_CODE = 64
MAX_LINES = 8  # lines of a checkout that are shown; the rest is counted

# "Up to and including the 20th" must be true at any hour of the 20th: said of a code that ends on the 21st at
# noon, at the 21st's first instant, or with the last second of the 20th.
_LAST_FULL_DAY = timedelta(days=1) - timedelta(seconds=1)
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Reason(StrEnum):
    """Why this person gets this message; each is one sentence at its foot."""

    STARTED_CHECKOUT = "started_checkout"
    COLLECTS_POINTS = "collects_points"
    PAST_CUSTOMER = "past_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopContext:
    name: str
    url: str
    """The storefront."""
    address: str
    """Postal address; marketing mail without one is unlawful, so none is written."""
    currency: str
    timezone: str
    """IANA name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerContext:
    first_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    title: str
    quantity: int
    price_minor: int | None
    """Value of the whole line after discounts; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutContext:
    url: str
    lines: tuple[CheckoutLine, ...]
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardContext:
    """A reward is worth either `value_minor` of `currency` or `percent`; exactly one of them is set."""

    code: str
    currency: str
    points_spent: int
    points_left: int
    value_minor: int | None = None
    percent: int | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.value_minor is None) == (self.percent is None):
            raise ValueError("a reward is worth an amount or a share of the price: set exactly one")


@dataclass(frozen=True, slots=True, kw_only=True)
class WinBackContext:
    last_order_at: datetime
    url: str
    """Where the button leads; the shop's own address, usually."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageContext:
    """All facts of one message. A flow fills the one part that its templates speak of."""

    shop: ShopContext
    customer: CustomerContext
    unsubscribe_url: str
    reason: Reason
    now: datetime
    checkout: CheckoutContext | None = None
    reward: RewardContext | None = None
    win_back: WinBackContext | None = None


def template_values(context: MessageContext) -> Values:
    """The context as plain dicts, lists, strings and integers; instants are seconds since 1970.

    Raises `IncompleteSenderError` for a shop without name or postal address, `UnsafeLinkError` for a link that
    is not https (http only on a loopback host, for the demo).
    """
    values: Values = {
        "shop": _shop(context.shop),
        "customer": {"first_name": single_line(context.customer.first_name or "", MAX_NAME) or None},
        "unsubscribe_url": web_link(context.unsubscribe_url),
        "reason": context.reason.value,
        "now": _seconds(context.now),
    }
    if context.checkout is not None:
        values["checkout"] = _checkout(context.checkout)
    if context.reward is not None:
        values["reward"] = _reward(context.reward)
    if context.win_back is not None:
        values["win_back"] = {
            "last_order_at": _seconds(context.win_back.last_order_at),
            "url": web_link(context.win_back.url),
        }
    return values


def web_link(url: str) -> str:
    """`url` itself when it is a plain absolute web address; raises `UnsafeLinkError` otherwise."""
    if _LINK.fullmatch(url) is None:
        raise UnsafeLinkError("a link in this message is not a web address")
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme == "http" and parts.hostname not in _LOOPBACK):
        raise UnsafeLinkError("a link in this message is not an https address")
    return url


def _shop(shop: ShopContext) -> Values:
    name, address = single_line(shop.name, MAX_SHOP_NAME), _address(shop.address)
    if not name or not address:
        missing = "postal address" if name else "name"
        raise IncompleteSenderError(f"the shop has no {missing}: set it before mail can be sent")
    return {
        "name": name,
        "url": web_link(shop.url),
        "address": address,
        "currency": shop.currency,
        "timezone": shop.timezone,
    }


def _address(address: str) -> str:
    lines = (single_line(line, MAX_ADDRESS) for line in address.splitlines())
    return single_line(", ".join(line.rstrip(",") for line in lines if line), MAX_ADDRESS)


def _checkout(checkout: CheckoutContext) -> Values:
    shown = checkout.lines[:MAX_LINES]
    return {
        "url": web_link(checkout.url),
        "lines": [_line(line) for line in shown],
        "lines_more": len(checkout.lines) - len(shown),
        "total_minor": checkout.total_minor,
        "currency": checkout.currency,
    }


def _line(line: CheckoutLine) -> Values:
    return {
        "title": single_line(line.title, MAX_TITLE) or "—",
        "quantity": line.quantity,
        "price_minor": line.price_minor,
    }


def _reward(reward: RewardContext) -> Values:
    return {
        "code": single_line(reward.code, MAX_CODE),
        "value_minor": reward.value_minor,
        "percent": reward.percent,
        "currency": reward.currency,
        "valid_through": None if reward.expires_at is None else _seconds(reward.expires_at - _LAST_FULL_DAY),
        "points_spent": reward.points_spent,
        "points_left": reward.points_left,
    }


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
