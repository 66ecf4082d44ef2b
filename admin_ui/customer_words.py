"""What the page of a customer calls channels, views and what is amiss. Marked here, translated when shown."""


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


CHANNELS = {"email": _("Email"), "sms": _("SMS"), "whatsapp": _("WhatsApp")}
CONSENT_TONES = {
    "subscribed": "success",
    "pending": "info",
    "unsubscribed": "warning",
    "invalid": "critical",
    "redacted": "neutral",
    "not_subscribed": "neutral",
}
OPT_INS = {
    "single_opt_in": _("one click"),
    "confirmed_opt_in": _("confirmed by mail"),
}
SALES_CHANNELS = {
    "web": _("Online store"),
    "pos": _("In store"),
    "shopify_draft_order": _("Draft order"),
    "iphone": _("Shopify on a phone"),
    "android": _("Shopify on a phone"),
}
"""By Shopify's source name; any other is an app's, and shown as it is."""
VIEWS = {
    "all": _("Everything"),
    "orders": _("Orders"),
    "messages": _("Messages"),
    "loyalty": _("Loyalty"),
    "consent": _("Consent"),
}
HEALTH = {
    "customer_deleted": (
        _("Deleted in Shopify"),
        _("Nothing can be done for a customer who is gone; a new order brings them back."),
    ),
    "no_address": (
        _("No email address"),
        _("Ask for one at checkout or in the store, and add it to the customer in Shopify."),
    ),
    "bad_address": (
        _("The email address is not valid"),
        _("Correct it in Shopify, or ask the person for another at the next order."),
    ),
    "redacted": (_("The email address was erased"), _("Only the person can give you a new one.")),
    "no_consent": (
        _("Never agreed to marketing mail"),
        _("Offer the sign-up at checkout or in your footer. Until then only mail about orders may go out."),
    ),
    "unsubscribed": (
        _("Unsubscribed"),
        _("Leave it at that: only the person can subscribe again."),
    ),
    "consent_pending": (
        _("Has not confirmed the subscription yet"),
        _("The person has to click the link in Shopify's mail of confirmation."),
    ),
    "suppressed": (
        _("We must not write to this address"),
        _("The person left, or the mailbox does not exist. Another address in Shopify is written to again."),
    ),
    "unreachable": (
        _("Cannot be reached on any channel"),
        _("Neither mail nor SMS is allowed. Only the person can change that, at checkout for example."),
    ),
    "guest": (
        _("Guest without a customer account"),
        _("Points are kept, but a reward needs an account: invite the person to create one."),
    ),
    "no_name": (_("No name known"), _("Mail greets without one. Add it to the customer in Shopify.")),
    "no_language": (
        _("No language known"),
        _("Mail goes out in the language of your store."),
    ),
}
"""What is amiss, and what to do about it."""
