"""Every reason code of the house as a sentence (law 11). A conformance test finds the codes that are missing here."""

from collections.abc import Iterator


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


_SENTENCES: dict[str, tuple[str, ...]] = {
    # Who may be written to.
    _("The flow was off."): ("flow_off",),
    _("Nothing has happened yet that starts this flow."): ("no_trigger",),
    _("The points do not reach a reward yet."): ("points_not_reached",),
    _("The person never agreed to marketing mail."): ("no_consent",),
    _("The person has unsubscribed."): ("unsubscribed",),
    _("The person has not confirmed the subscription yet."): ("consent_pending",),
    _("We have no email address of this person."): ("no_address",),
    _("The email address is not valid."): (
        "bad_address",
        "address_needs_smtputf8",
    ),
    _("The person's data was erased."): ("redacted", "erased", "customer_erased"),
    _("The customer was deleted in Shopify."): ("customer_deleted",),
    _("The customer no longer exists."): ("customer_gone",),
    _("We must not write to this address: the person left, or the mailbox does not exist."): ("suppressed",),
    _("The mailbox does not exist."): ("mailbox_unknown",),
    # Entering and leaving flows.
    _("The trigger happened."): ("trigger",),
    _("The person ordered."): ("ordered",),
    _("The checkout is gone."): ("checkout_gone",),
    _("A newer checkout took its place."): ("replaced",),
    _("The checkout was too old when we heard of it."): ("stale",),
    _("A new order came a short time ago."): ("recent_order",),
    _("The person is no longer quiet."): ("no_longer_quiet",),
    _("The points were taken back or spent."): ("points_gone",),
    _("A discount code for one person needs a customer account; this is a guest."): (
        "no_shopify_customer",
        "guest_unknown_to_shopify",
    ),
    _("The reward could not be created; the points were given back."): ("reward_failed",),
    _("The order was placed before the program began."): ("before_program",),
    _("All steps are done."): ("completed",),
    # Moments.
    _("It was due."): ("due",),
    _("The points reached the reward."): ("points_reached",),
    _("The step's time has not come yet."): ("scheduled",),
    _("It waits for the step before it."): ("awaiting_step",),
    _("The right moment passed while it could not be sent."): ("missed",),
    _("A later message of the same flow was already due."): ("overtaken",),
    _("It waits for the end of your quiet hours."): ("quiet_hours",),
    _("The person had enough mail from you for now."): ("frequency_cap",),
    _("Your postal address is missing; mail without one is not allowed."): (
        "no_postal_address",
        "sender_incomplete",
    ),
    _("The connection to Shopify is lost. Open the app again to renew it."): (
        "shop_needs_reauth",
        "needs_reauth",
    ),
    _("The app was removed from the store."): ("shop_uninstalled", "uninstalled", "app/uninstalled"),
    # On the wire.
    _("The mail server took it."): ("kept", "smtp_250"),
    _("The line broke at the last moment; nobody knows whether it arrived."): (
        "cut_off_on_the_wire",
        "reply_unreadable",
    ),
    _("The mail server was asked afterwards and has it."): ("found_at_provider",),
    _("The mail server was asked afterwards and never got it; it goes out again."): (
        "not_found_at_provider",
    ),
    _("We tried for three days without success."): ("gave_up",),
    _("The mailbox is full."): ("mailbox_full",),
    _("The mail server could not be reached."): (
        "connection_refused",
        "connection_lost",
        "host_not_found",
        "timeout",
        "protocol_error",
    ),
    _("The mail server offers no safe connection."): ("tls_failed", "starttls_missing"),
    _("The mail server did not accept our sign-in."): (
        "login_refused",
        "login_not_offered",
        "login_required",
    ),
    _("The mail server refused it."): ("smtp_refused",),
    _("The message could not be written."): (
        "unrenderable",
        "cannot_render",
        "unsafe_link",
        "context_incomplete",
        "template_unknown",
        "message_too_large",
        "bad_sender",
        "bad_message_id",
        "bad_locale",
        "unsafe_header",
        "bad_reply_to",
        "bad_unsubscribe_link",
        "bad_feedback_id",
        "bad_text",
        "unsafe_bytes",
    ),
    _("What the message is about no longer exists."): ("subject_gone",),
    _("Nothing in the checkout can be bought any more."): ("not_buyable",),
    _("The discount code has been used."): ("reward_used",),
    _("The discount was switched off or deleted in Shopify."): ("reward_withdrawn",),
    _("Something went wrong on our side."): ("internal_error",),
    # Shopify.
    _("The discount code was created."): ("issued",),
    _("The discount code had been created by an earlier try."): ("was_issued_before",),
    _("The discount code is taken by another discount."): ("code_taken",),
    _("It existed, and is switched off now."): ("withdrawn",),
    _("It was never made, so there was nothing to switch off."): ("never_made",),
    _("Shopify refused the tag: the customer is gone, or has 250 tags."): ("tag_refused",),
    _("Shopify knows about it."): ("written_back",),
    _("Shopify was busy; we try again by ourselves."): ("throttled", "paced", "http_429", "http_430"),
    _("Shopify no longer knew the import; it was started again."): ("operation_unknown",),
    _("Shopify could not be reached; we try again by ourselves."): (
        "shopify_unreachable",
        "shop_not_described",
        "total_timeout",
        "reply_too_long",
        "line_too_long",
        "server_fault",
        "no_data",
        "empty_payload",
        "malformed_answer",
        "partial_answer",
        "chain_busy",
        "lease_lost",
        "ConnectError",
        "ConnectTimeout",
        "ReadError",
        "ReadTimeout",
        "WriteError",
        "RemoteProtocolError",
    ),
    _("Your store has not granted this app what it needs for it."): (
        "access_denied",
        "scope_missing",
        "http_403",
    ),
    _("Shopify has paused your store."): ("http_402", "http_423"),
    _("The app was not opened for so long that its permission ended."): ("refresh_token_expired",),
    _("Shopify no longer accepts the app's permission."): (
        "token_rejected",
        "not_connected",
        "invalid_grant",
        "invalid_request",
        "invalid_token",
    ),
    _("Shopify could not write the whole file."): (
        "import_failed",
        "import_internal_server_error",
        "import_timeout",
        "import_expired",
    ),
    _("The import was cancelled in Shopify."): ("import_canceled",),
    # Webhooks that could not be understood.
    _("It is not written as Shopify writes its notices."): (
        "byte_order_mark",
        "not_utf8",
        "too_deep",
        "not_json",
        "not_an_object",
        "lone_surrogate",
        "duplicate_key",
        "not_a_number",
        "number_too_long",
    ),
    _("It does not say what notices of its kind say."): (
        "wrong_shape",
        "wrong_value",
        "wrong_amount",
        "unknown_consent_state",
    ),
    _("It speaks of another shop."): ("other_shop",),
    _("It names nobody."): ("names_nobody",),
    _("We never asked for notices of this kind."): ("unknown_topic",),
    # Lifecycle.
    _("First seen."): ("first_seen",),
    _("No order yet."): ("no_order",),
    _("An order."): ("order",),
    _("An order after a long silence."): ("order_after_silence",),
    _("Silence longer than their own rhythm."): ("silence",),
    _("No sign of life for half a year, and hardly a chance of an order."): ("long_silence", "lost"),
    _("Seen again after a long time."): ("seen_again",),
    _("Wants your marketing messages."): ("subscribed",),
    _("Buys less often than your regulars."): ("slower",),
    _("The model learned from newer orders."): ("refit", "score"),
    _("It was time."): ("clock", "night"),
    _("The segment was changed."): ("definition",),
    _("Somebody asked for it."): ("command",),
    _("Too little is certain in the newest orders to learn from; the model before stays."): ("unsound",),
    _("The newest fit jumped without new orders; the model before stays."): ("jumped",),
    _("Imported history."): ("import",),
    _("As it was stored."): ("stored",),
    # Points.
    _("Points for a paid order."): ("order_paid",),
    _("The order was reduced or refunded."): ("order_reduced",),
    _("Points turned into a reward."): ("reward_redeemed",),
    _("Brought along from a guest with the same address."): ("customers_joined",),
    # The installation.
    _("The app was opened for the first time."): ("first_page_load",),
    _("The connection was renewed."): ("reauthorised",),
    _("You changed it."): ("merchant",),
    _("The app is not installed in this store."): ("shop_not_installed",),
}


def _by_code() -> Iterator[tuple[str, str]]:
    for sentence, codes in _SENTENCES.items():
        for code in codes:
            yield code, sentence


REASONS = dict(_by_code())
"""Reason code -> sentence, to be translated when it is shown."""


def sentence(code: str) -> str | None:
    """The sentence of a code as stored, such as `no_consent`, `smtp_550` or `unrenderable:UnsafeLinkError`."""
    family = code.partition(":")[0]
    if code.startswith("smtp_") and code not in REASONS:
        family = "smtp_refused"
    if code.startswith("http_") and code not in REASONS:
        family = "shopify_unreachable"
    return REASONS.get(family)
