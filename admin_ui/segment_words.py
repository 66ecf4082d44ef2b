"""What the builder calls the fields of segments, and one line that says what each one means.

Keyed by the ids of `plugin.core.segments.fields`. Marked here, translated when shown; a conformance test finds the
fields that are missing.
"""


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


FIELDS = {
    "orders": _("Number of orders"),
    "purchase_days": _("Days with a purchase"),
    "spent": _("Total spent"),
    "average_order": _("Average order"),
    "first_order": _("First order"),
    "last_order": _("Last order"),
    "refunded_orders": _("Orders with a refund"),
    "refunded": _("Amount refunded"),
    "refund_share": _("Share refunded (%)"),
    "discounted_orders": _("Orders with a discount code"),
    "discount_share": _("Share with a discount code (%)"),
    "cash_refusals": _("Refused parcels"),
    "cash_refusal_share": _("Share of parcels refused (%)"),
    "channel": _("Sales channel"),
    "gap_days": _("Usual gap between purchases (days)"),
    "preferred_hour": _("Preferred hour"),
    "stage": _("Stage"),
    "stage_since": _("In this stage since"),
    "value_class": _("Value class"),
    "rfm_group": _("RFM group"),
    "rfm_recency": _("RFM recency"),
    "rfm_frequency": _("RFM frequency"),
    "rfm_monetary": _("RFM monetary"),
    "order_chance": _("Chance of an order (%)"),
    "alive_chance": _("Chance of being a customer still (%)"),
    "expected_orders": _("Expected orders"),
    "predicted_value": _("Predicted value"),
    "next_order_from": _("Next order expected from"),
    "next_order_until": _("Next order expected until"),
    "points": _("Points"),
    "checkout": _("Open checkout"),
    "cart": _("Open cart"),
    "last_seen": _("Last seen"),
    "messages_sent": _("Messages sent"),
    "last_message": _("Last message"),
    "can_email": _("Can be mailed"),
    "email_consent": _("Email consent"),
    "email_consent_since": _("Email consent since"),
    "sms_consent": _("SMS consent"),
    "suppression": _("Reason not to send"),
    "email": _("Email address"),
    "country": _("Country"),
    "language": _("Language"),
    "tags": _("Tags"),
    "birthday": _("Birthday"),
    "created": _("First seen"),
    "random_bucket": _("Random bucket"),
}

HELPS = {
    "orders": _("Orders that are purchases. Cancelled and fully refunded orders do not count."),
    "purchase_days": _("Days on which the person bought. Two orders on one day are one."),
    "spent": _("Value of the products bought, less refunds, without tax and shipping."),
    "average_order": _("Total spent, divided by the number of orders."),
    "first_order": _("When the person bought for the first time."),
    "last_order": _("When the person bought last."),
    "refunded_orders": _("Orders of which at least a part was refunded."),
    "refunded": _("What was given back in total."),
    "refund_share": _("What was given back, in per cent of everything bought."),
    "discounted_orders": _("Orders in which a discount code was used."),
    "discount_share": _("Orders with a discount code, in per cent of all orders."),
    "cash_refusals": _("Cash-on-delivery parcels that the person did not take."),
    "cash_refusal_share": _("Parcels not taken, in per cent of all cash-on-delivery orders."),
    "channel": _("Where the last order came from: web, pos, draft and so on, as Shopify calls it."),
    "gap_days": _("The person's own rhythm: the middle of the gaps between purchase days."),
    "preferred_hour": _(
        "The hour of day, 0 to 23 in your shop's time zone, at which the person tends to buy."
    ),
    "stage": _("Where the person stands, measured against their own rhythm of buying."),
    "stage_since": _("When the person entered the present stage."),
    "value_class": _(
        "What the person is worth: most valuable, most growable, below zero, or to be maintained."
    ),
    "rfm_group": _("The group made from recency, frequency and money, as Shopify names it too."),
    "rfm_recency": _("1 to 5: how recent the last order is, compared with your other customers."),
    "rfm_frequency": _("1 to 5: how often the person bought, compared with your other customers."),
    "rfm_monetary": _("1 to 5: how much the person spent, compared with your other customers."),
    "order_chance": _("How likely an order is in the next 90 days. An estimate, not a promise."),
    "alive_chance": _("How likely it is that the person will ever order again. An estimate."),
    "expected_orders": _("Orders expected in the next 12 months. An estimate."),
    "predicted_value": _("The profit expected of the person in the next 12 months. An estimate."),
    "next_order_from": _("The day from which the next order is likely. An estimate."),
    "next_order_until": _("The day by which the next order is likely. An estimate."),
    "points": _("Loyalty points that can be spent now."),
    "checkout": _("When the checkout that led to no order was last touched."),
    "cart": _("When the cart that led to no order was last touched."),
    "last_seen": _("The newest thing the person did: an order, a checkout, a cart or a sign-up."),
    "messages_sent": _("How many messages we have sent to the person."),
    "last_message": _("When we last wrote to the person."),
    "can_email": _("Agreed to marketing mail, has an address, and nothing forbids to write to it."),
    "email_consent": _("What the person said about marketing mail."),
    "email_consent_since": _("When the person said it."),
    "sms_consent": _("What the person said about marketing messages by SMS."),
    "suppression": _("Why we must not write to the person, where there is such a reason."),
    "email": _("The person's email address."),
    "country": _("Country of the address, two letters: VN, FR, IR."),
    "language": _("Language of the person, two letters: en, fa, vi."),
    "tags": _("Tags of the customer in Shopify."),
    "birthday": _("The day on which the person was born."),
    "created": _("When we first heard of the person."),
    "random_bucket": _(
        "0 to 999, drawn once for each person: bucket below 100 is a random tenth of your customers."
    ),
}

FIELD_GROUPS = (
    (
        _("Purchases"),
        (
            "orders",
            "purchase_days",
            "spent",
            "average_order",
            "first_order",
            "last_order",
            "refunded_orders",
            "refunded",
            "refund_share",
            "discounted_orders",
            "discount_share",
            "cash_refusals",
            "cash_refusal_share",
            "channel",
            "gap_days",
            "preferred_hour",
        ),
    ),
    (_("Stage and value"), ("stage", "stage_since", "value_class", "rfm_group")),
    (_("RFM scores"), ("rfm_recency", "rfm_frequency", "rfm_monetary")),
    (
        _("Forecast"),
        (
            "order_chance",
            "alive_chance",
            "expected_orders",
            "predicted_value",
            "next_order_from",
            "next_order_until",
        ),
    ),
    (
        _("Engagement"),
        ("points", "checkout", "cart", "last_seen", "messages_sent", "last_message"),
    ),
    (_("Consent"), ("can_email", "email_consent", "email_consent_since", "sms_consent", "suppression")),
    (
        _("Person"),
        ("email", "country", "language", "tags", "birthday", "created", "random_bucket"),
    ),
)
"""How the builder's menu is divided; what is in no group is shown last, so that nothing is lost."""

OPERATORS = {
    "eq": _("is"),
    "ne": _("is not"),
    "less_than": _("less than"),
    "at_most": _("at most"),
    "more_than": _("more than"),
    "at_least": _("at least"),
    "between": _("between"),
    "one_of": _("is one of"),
    "none_of": _("is none of"),
    "contains": _("contains"),
    "starts_with": _("starts with"),
    "ends_with": _("ends with"),
    "has_any": _("has any of"),
    "has_all": _("has all of"),
    "is_known": _("is known"),
    "is_unknown": _("is not known"),
}
DAY_OPERATORS = {
    "within": _("in the last"),
    "before_ago": _("longer ago than"),
    "within_next": _("in the next"),
    "after_next": _("further ahead than"),
    "eq": _("on the day"),
    "less_than": _("before the day"),
    "at_most": _("until the day"),
    "more_than": _("after the day"),
    "at_least": _("since the day"),
    "between": _("between the days"),
    "is_known": _("is known"),
    "is_unknown": _("is not known"),
}
"""Of moments and days."""
UNITS = {
    "hours": _("hours"),
    "days": _("days"),
    "weeks": _("weeks"),
    "months": _("months (30 days)"),
    "years": _("years (365 days)"),
}
ANSWERS = {"yes": _("yes"), "no": _("no")}

FAMILIES = {
    "bought": _("Bought products"),
    "ordered": _("Placed orders"),
    "received": _("Received messages"),
}
FAMILY_HELPS = {
    "bought": _("Lines of purchases: which products, how many, for how much, and when."),
    "ordered": _("Purchases: how much, through which channel, with which code, and when."),
    "received": _("Messages that we sent to the person, by flow and channel."),
}
FAMILY_FIELDS = {
    "at": _("When"),
    "title": _("Product title"),
    "product_type": _("Product type"),
    "product": _("Product id"),
    "variant": _("Variant id"),
    "quantity": _("Pieces in the line"),
    "value": _("Value"),
    "channel": _("Channel"),
    "code": _("Discount code"),
    "first": _("First purchase"),
    "hour": _("Hour of the day"),
    "flow": _("Flow"),
}
MEASURES = {
    "count": _("how many times"),
    "quantity": _("how many pieces"),
    "value": _("for how much"),
}
ANNIVERSARY = _("Anniversary")
ANNIVERSARY_HELP = _("A day of the year that comes round again: a birthday, or the day of the first order.")
SEGMENT = _("Another segment")
SEGMENT_HELP = _("Everybody who is in that segment, now and later.")
MEMBERSHIPS = {"in": _("is in"), "out": _("is not in")}
CALENDARS = {"gregorian": _("Gregorian"), "jalali": _("Jalali")}

STARTERS = {
    "at_risk_high_value": _("At risk and most valuable"),
    "second_order": _("Waiting for the second order"),
    "loyal_unreachable": _("Loyal, but cannot be mailed"),
    "discount_seekers": _("Buy with discounts only"),
    "quiet_subscribers": _("Subscribers gone quiet"),
    "left_something": _("Left something behind"),
}
STARTER_TEXTS = {
    "at_risk_high_value": _("Your best customers, quiet for longer than their own rhythm."),
    "second_order": _("Bought once, more than 30 days ago, and can be mailed."),
    "loyal_unreachable": _("Bought on three days or more, and never agreed to mail."),
    "discount_seekers": _("Two orders or more, at least half of them with a code."),
    "quiet_subscribers": _("Agreed to mail, and not seen for 180 days."),
    "left_something": _("A checkout or a cart of the last 7 days without an order."),
}
