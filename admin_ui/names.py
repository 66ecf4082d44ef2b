"""What the admin calls the house's ids: flows, steps, segments, stages, states. Marked here, translated when shown."""

from admin_ui.segment_names import SEGMENT_TEXTS as SEGMENT_TEXTS  # noqa: PLC0414 - named here with all the others
from admin_ui.segment_names import SEGMENTS as SEGMENTS  # noqa: PLC0414 - likewise


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


FLOWS = {
    "abandoned_checkout": _("Abandoned checkout"),
    "loyalty_reward": _("Loyalty reward"),
    "win_back": _("Win back"),
}
FLOW_TEXTS = {
    "abandoned_checkout": _(
        "Reminds people of the checkout they left, up to three times. Stops at once when they order anything."
    ),
    "loyalty_reward": _(
        "Gives points for paid orders, and a discount code for one customer when their points reach a reward."
    ),
    "win_back": _("Writes to buyers who have become quiet for their own rhythm. Stops when they are back."),
}
FLOW_TRIGGERS = {
    "abandoned_checkout": _("Starts when a checkout with an email address is left without an order."),
    "loyalty_reward": _("Starts when a customer's points reach the cheapest reward."),
    "win_back": _("Starts when a customer becomes at risk or lapsed."),
}
STEPS = {
    "enter": _("Start"),
    "earn": _("Points for an order"),
    "reminder_1": _("First reminder"),
    "reminder_2": _("Second reminder"),
    "reminder_3": _("Last reminder"),
    "issue": _("Create the discount code"),
    "reward": _("Reward message"),
    "we_miss_you": _("Greeting"),
    "still_here": _("Last question"),
    "end": _("End"),
    "withdraw": _("Switch off a discount code that was given up"),
    "opt_out": _("Tell Shopify about the unsubscribe"),
}
OUTCOMES = {
    "sent": _("Sent"),
    "waiting": _("Waiting"),
    "sending": _("Being sent"),
    "not_sent": _("Not sent"),
    "failed": _("Failed"),
    "in_doubt": _("Sent or not: unknown"),
}
ISSUE_OUTCOMES = {
    "sent": _("Created"),
    "waiting": _("Waiting"),
    "sending": _("Being created"),
    "not_sent": _("Not created"),
    "failed": _("Failed"),
    "in_doubt": _("Created or not: unknown"),
}
OUTCOME_TONES = {
    "sent": "success",
    "waiting": "info",
    "sending": "info",
    "not_sent": "neutral",
    "failed": "critical",
    "in_doubt": "warning",
}
STAGES = {
    "prospect": _("No order yet"),
    "subscriber": _("Subscriber"),
    "new": _("New"),
    "active": _("Active"),
    "loyal": _("Loyal"),
    "at_risk": _("At risk"),
    "lapsed": _("Lapsed"),
    "lost": _("Lost"),
    "won_back": _("Won back"),
}
STAGE_TONES = {
    "prospect": "neutral",
    "subscriber": "info",
    "new": "info",
    "active": "success",
    "loyal": "success",
    "at_risk": "warning",
    "lapsed": "neutral",
    "lost": "neutral",
    "won_back": "success",
}
VALUE_CLASSES = {
    "most_valuable": _("Most valuable"),
    "most_growable": _("Most growable"),
    "maintain": _("To be maintained"),
    "below_zero": _("Below zero"),
}
RFM_GROUPS = {
    "champions": _("Champions"),
    "loyal": _("Loyal"),
    "active": _("Active"),
    "new": _("New"),
    "promising": _("Promising"),
    "needs_attention": _("Needs attention"),
    "almost_lost": _("Almost lost"),
    "at_risk": _("At risk"),
    "previously_loyal": _("Previously loyal"),
    "dormant": _("Dormant"),
    "prospects": _("No order yet"),
}
SHOPIFY_RFM_GROUPS = {
    "champions": "Champions",
    "loyal": "Loyal",
    "active": "Active",
    "new": "New",
    "promising": "Promising",
    "needs_attention": "Needs attention",
    "almost_lost": "Almost lost",
    "at_risk": "At risk",
    "previously_loyal": "Previously loyal",
    "dormant": "Dormant",
    "prospects": "Prospects",
}
"""As Shopify's admin calls them in English; shown beside ours, so never translated."""
CONSENTS = {
    "subscribed": _("Subscribed"),
    "unsubscribed": _("Unsubscribed"),
    "pending": _("Not confirmed yet"),
    "not_subscribed": _("Never subscribed"),
    "invalid": _("Address not valid"),
    "redacted": _("Erased"),
}
SOURCES = {
    "shopify": _("in Shopify"),
    "checkout": _("at checkout"),
    "order": _("with an order"),
    "import": _("imported from Shopify"),
    "unsubscribe_link": _("through the unsubscribe link"),
    "unsubscribe_page": _("on the unsubscribe page"),
    "one_click": _("with one click in the mail program"),
}
FINANCIAL = {
    "pending": _("payment pending"),
    "authorized": _("payment authorized"),
    "paid": _("paid"),
    "partially_paid": _("partly paid"),
    "partially_refunded": _("partly refunded"),
    "refunded": _("refunded"),
    "voided": _("voided"),
    "expired": _("expired"),
}
PAYMENTS = {
    "received": _("Payment received"),
    "reserved": _("Payment authorized"),
    "released": _("Payment released"),
    "given_back": _("Payment given back"),
    "failed": _("Payment failed"),
}
SHIPMENTS = {
    "prepared": _("Parcel prepared"),
    "sent": _("Parcel sent"),
    "in_transit": _("Parcel on its way"),
    "out_for_delivery": _("Parcel out for delivery"),
    "attempted_delivery": _("Delivery attempted"),
    "delivered": _("Parcel delivered"),
    "failure": _("Parcel not taken"),
    "called_off": _("Shipment called off"),
    "withdrawn": _("Word on the parcel withdrawn"),
}
RETURNS = {
    "requested": _("Return requested"),
    "open": _("Return approved"),
    "declined": _("Return declined"),
    "canceled": _("Return cancelled"),
    "closed": _("Return closed"),
    "updated": _("Return changed"),
}
CHANNELS = {"email": _("Email:"), "sms": _("SMS:"), "whatsapp": _("WhatsApp:")}
LEDGER = {
    "order_paid": _("Earned with an order"),
    "order_reduced": _("Taken back: the order was reduced or refunded"),
    "reward_redeemed": _("Turned into a reward"),
    "reward_failed": _("Given back: the reward could not be created"),
    "customers_joined": _("Brought along from a guest with the same address"),
}
REDEMPTIONS = {
    "requested": _("Being created"),
    "issued": _("Created"),
    "failed": _("Failed"),
}
SETUP = {
    "import": _("Your history"),
    "postal_address": _("Postal address"),
    "sender": _("Sender"),
    "flow": _("First flow"),
    "message": _("First message"),
}
SETUP_TEXTS = {
    "import": _(
        "Your customers and orders are brought over from Shopify. It works by itself; you can go on."
    ),
    "postal_address": _("Marketing mail must name a postal address. It stands at the foot of every message."),
    "sender": _("Customers answer their mail. Add a contact email address in the settings of your store."),
    "flow": _("Flows are off until you turn them on. They begin with what happens from then on."),
    "message": _("It comes as soon as somebody enters a flow that is on. See before how it will look."),
}
SETUP_ACTIONS = {
    "import": (_("View the import"), "/app/settings/connection"),
    "postal_address": (_("Add postal address"), "/app/settings"),
    "sender": (_("View sender"), "/app/settings"),
    "flow": (_("Choose a flow"), "/app/flows"),
    "message": (_("View messages"), "/app/flows/abandoned_checkout"),
}
IMPORT_STATES = {
    "requested": _("Waiting"),
    "running": _("At Shopify"),
    "reading": _("Being read"),
    "done": _("Done"),
    "failed": _("Not completed"),
}
IMPORTS = {"customers": _("Customers"), "orders": _("Orders")}
WATCHED = {"webhooks": _("Notices from Shopify"), "orders": _("Orders")}
SCOPES = {
    "read_all_orders": _(
        "Lifecycle stages and loyalty need the whole purchase history, not its last 60 days."
    ),
    "read_customer_merge": _(
        "When you merge two customers, their points, orders and opt-outs become one person's."
    ),
    "read_customers": _("Who the customers are, their language and what they consented to."),
    "read_fulfillments": _(
        "A cash-on-delivery order counts, and earns points, only once the parcel was taken."
    ),
    "read_inventory": _(
        "A reminder leaves out what is sold out, and comes back to it when it is in stock again."
    ),
    "read_orders": _("Purchases, refunds, carts and checkouts: what every flow decides from."),
    "read_products": _("Order lines and carts name their product, so that a mail can show it."),
    "read_returns": _("A customer's page shows what is on its way back, before the money follows."),
    "write_app_proxy": _("Customers see their points, rewards and history on a page of your own storefront."),
    "write_customers": _(
        "An unsubscribe is written back, so that every other tool respects it too; "
        "and tags and segments, where you ask for them."
    ),
    "write_discounts": _("A loyalty reward is a discount code made for one customer."),
}
REQUESTS = {
    "data_request": _("Request for a copy of personal data"),
    "customer_redact": _("Request to erase a customer"),
    "shop_redact": _("Request to erase the shop"),
}
REQUEST_STATES = {
    "received": _("Received"),
    "erasing": _("Being erased"),
    "ready": _("Ready for you"),
    "done": _("Done"),
}
SHOP_STATES = {
    "pending": _("Being set up"),
    "installed": _("Connected"),
    "needs_reauth": _("Connection lost"),
    "uninstalled": _("Removed from your store"),
}
