"""Writing an e-mail opt-out back to Shopify, so that the merchant's other tools respect it too."""

from dataclasses import dataclass
from datetime import UTC, datetime

from plugin.shopify.api import AdminApi
from plugin.shopify.errors import ShopifyError, UserErrorsError
from plugin.shopify.operations import operation


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutWritten:
    """Shopify knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutRefused:
    """Shopify was not told. Our own suppression stands either way; only `permanent` decides about a retry."""

    reason: str
    permanent: bool
    retry_after: float | None = None


def write_opt_out(
    api: AdminApi, shop_id: int, shop: str, customer_id: int, *, at: datetime, now: datetime
) -> OptOutWritten | OptOutRefused:
    """Set e-mail marketing of `customer_id` to UNSUBSCRIBED as of `at`. Repeating it changes nothing."""
    if customer_id <= 0:
        return OptOutRefused(reason="guest_unknown_to_shopify", permanent=True)
    # Shopify refuses a moment in the future, even one made by a clock that is a little fast.
    consent = {
        "marketingState": "UNSUBSCRIBED",
        "consentUpdatedAt": min(at, now).astimezone(UTC).isoformat(),
    }

    def write(consent: dict[str, str]) -> None:
        update = {"customerId": f"gid://shopify/Customer/{customer_id}", "emailMarketingConsent": consent}
        answer = api.execute(shop_id, shop, operation("email_consent_update"), {"input": update}, now)
        answer.payload("customerEmailMarketingConsentUpdate")

    try:
        try:
            write(consent)
        except UserErrorsError as error:
            if "MISSING_ARGUMENT" not in error.codes:
                raise
            # Some shops demand an opt-in level even to opt out.
            write(consent | {"marketingOptInLevel": "SINGLE_OPT_IN"})
    except ShopifyError as error:
        return OptOutRefused(reason=error.reason, permanent=error.permanent, retry_after=error.retry_after)
    return OptOutWritten()
