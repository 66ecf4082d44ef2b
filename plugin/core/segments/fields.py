"""Every field a segment may ask about. A new one is one entry here, its fact, and its words in the admin.

The id is the word in a query, in a tree and in the admin's texts; the column is the attribute of
`CustomerFacts` and the column of its table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from plugin.core.events import ConsentState
from plugin.core.lifecycle.rfm import RfmGroup
from plugin.core.lifecycle.stages import Stage
from plugin.core.lifecycle.value import ValueClass

Value = int | float | str | bool | datetime | date | frozenset[str]


class FieldType(StrEnum):
    NUMBER = "number"
    DECIMAL = "decimal"
    PERCENT = "percent"
    """Whole percents."""
    MONEY = "money"
    """Minor units of the shop's currency."""
    MOMENT = "moment"
    DATE = "date"
    """A day of a calendar, the same in every zone."""
    CHOICE = "choice"
    """One of a closed list of words."""
    TEXT = "text"
    """Words of the world; A to Z compare without regard to case."""
    TAGS = "tags"
    """Several texts at once, compared without regard to case."""
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    id: str
    type: FieldType
    column: str
    read: Callable[[Any], Any]
    """The value of a subject (`CustomerFacts`, or a fact of a family); None when unknown."""
    example: str
    """A whole condition about the field, as it is written in a query."""
    choices: tuple[str, ...] = ()


def field(
    name: str, kind: FieldType, column: str, example: str, choices: Sequence[str] = ()
) -> tuple[str, Field]:
    """An entry of a registry."""
    return name, Field(
        id=name,
        type=kind,
        column=column,
        read=attrgetter(column),
        example=example,
        choices=tuple(str(choice) for choice in choices),
    )


_NUMBER, _DECIMAL, _PERCENT, _MONEY = (
    FieldType.NUMBER,
    FieldType.DECIMAL,
    FieldType.PERCENT,
    FieldType.MONEY,
)
_MOMENT, _DATE, _CHOICE = FieldType.MOMENT, FieldType.DATE, FieldType.CHOICE
_TEXT, _TAGS, _FLAG = FieldType.TEXT, FieldType.TAGS, FieldType.FLAG

FIELDS: dict[str, Field] = dict(
    (
        field("orders", _NUMBER, "orders_count", "orders >= 2"),
        field("purchase_days", _NUMBER, "purchase_days", "purchase_days >= 3"),
        field("spent", _MONEY, "spent_minor", "spent >= 120.50"),
        field("average_order", _MONEY, "average_minor", "average_order >= 50"),
        field("first_order", _MOMENT, "first_order_at", "first_order before 1 year ago"),
        field("last_order", _MOMENT, "last_order_at", "last_order within 30 days"),
        field("refunded_orders", _NUMBER, "refunded_orders", "refunded_orders >= 1"),
        field("refunded", _MONEY, "refunded_minor", "refunded > 20"),
        field("refund_share", _PERCENT, "refund_share", "refund_share >= 50%"),
        field("discounted_orders", _NUMBER, "discounted_orders", "discounted_orders = 0"),
        field("discount_share", _PERCENT, "discount_share", "discount_share >= 50%"),
        field("gap_days", _NUMBER, "gap_days", "gap_days <= 30"),
        field("preferred_hour", _NUMBER, "preferred_hour", "preferred_hour between 18 and 22"),
        field("channel", _TEXT, "channel", 'channel = "pos"'),
        field("cash_refusals", _NUMBER, "cash_refusals", "cash_refusals >= 2"),
        field("cash_refusal_share", _PERCENT, "cash_refusal_share", "cash_refusal_share >= 40%"),
        field("stage", _CHOICE, "stage", "stage in (at_risk, lapsed)", tuple(Stage)),
        field("stage_since", _MOMENT, "stage_since", "stage_since within 7 days"),
        field("checkout", _MOMENT, "open_checkout_at", "checkout within 7 days"),
        field("cart", _MOMENT, "open_cart_at", "cart within 24 hours"),
        field("can_email", _FLAG, "is_mailable", "can_email"),
        field("email_consent", _CHOICE, "consent_email", "email_consent = subscribed", tuple(ConsentState)),
        field("email_consent_since", _MOMENT, "consent_email_at", "email_consent_since within 30 days"),
        field("sms_consent", _CHOICE, "consent_sms", "sms_consent is unknown", tuple(ConsentState)),
        field("suppression", _TEXT, "suppression", "suppression is known"),
        field("email", _TEXT, "email", 'email ends with "@example.com"'),
        field("country", _TEXT, "country", 'country in ("DE", "AT")'),
        field("language", _TEXT, "locale", 'language starts with "fa"'),
        field("tags", _TAGS, "tags", 'tags has any of ("vip", "press")'),
        field("created", _MOMENT, "created_at", "created since 2026-01-01"),
        field("birthday", _DATE, "birthday", "birthday within next 30 days"),
        field("last_seen", _MOMENT, "last_seen_at", "last_seen before 180 days ago"),
        field("points", _NUMBER, "points", "points >= 500"),
        field("messages_sent", _NUMBER, "messages_sent", "messages_sent = 0"),
        field("last_message", _MOMENT, "last_message_at", "last_message before 14 days ago"),
        field("order_chance", _PERCENT, "order_chance", "order_chance >= 40%"),
        field("alive_chance", _PERCENT, "alive_chance", "alive_chance < 20%"),
        field("expected_orders", _DECIMAL, "expected_orders", "expected_orders >= 1.5"),
        field("predicted_value", _MONEY, "clv_minor", "predicted_value >= 100"),
        field("next_order_from", _MOMENT, "next_order_from", "next_order_from within next 14 days"),
        field("next_order_until", _MOMENT, "next_order_until", "next_order_until before now"),
        field("value_class", _CHOICE, "value_class", "value_class = most_valuable", tuple(ValueClass)),
        field("rfm_recency", _NUMBER, "rfm_recency", "rfm_recency = 5"),
        field("rfm_frequency", _NUMBER, "rfm_frequency", "rfm_frequency >= 4"),
        field("rfm_monetary", _NUMBER, "rfm_monetary", "rfm_monetary between 3 and 5"),
        field("rfm_group", _CHOICE, "rfm_group", "rfm_group in (champions, loyal)", tuple(RfmGroup)),
        field("random_bucket", _NUMBER, "bucket", "random_bucket < 100"),
    )
)
