"""May we write to this person at all? Consent is absent until granted (law 5)."""

from plugin.core.customers import CustomerState
from plugin.core.events import ConsentState

NO_CONSENT = "no_consent"
NO_ADDRESS = "no_address"
CUSTOMER_DELETED = "customer_deleted"

_REASONS = {
    ConsentState.UNSUBSCRIBED: "unsubscribed",
    ConsentState.PENDING: "consent_pending",
    ConsentState.NOT_SUBSCRIBED: NO_CONSENT,
    ConsentState.INVALID: "bad_address",
    ConsentState.REDACTED: "redacted",
}


def why_not_mailable(customer: CustomerState, channel: str = "email") -> str | None:
    """The reason not to send marketing to `customer` through `channel`, or None when we may."""
    if customer.deleted_at is not None:
        return CUSTOMER_DELETED
    if not customer.email:
        return NO_ADDRESS
    consent = customer.consent_for(channel)
    if consent is None:
        return NO_CONSENT
    return _REASONS.get(consent.state)
