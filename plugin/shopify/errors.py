"""What can go wrong at Shopify's door, each with its meaning. `permanent` alone decides about a retry.

No message here ever carries a token, a request or a response body.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass


class ShopifyError(Exception):
    """Shopify did not do what was asked."""

    permanent = False
    """True when the same request will never succeed; False when it may, after `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None, in_doubt: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        """True when the request may have been carried out all the same: look before doing it again."""


class UnreachableError(ShopifyError):
    """No answer, or no usable one: network, timeout, 5xx. Try again later."""


class ThrottledError(ShopifyError):
    """This shop's cost budget is spent. Wait `wait_seconds`."""

    def __init__(self, wait_seconds: float, reason: str = "throttled") -> None:
        super().__init__(reason, retry_after=wait_seconds)
        self.wait_seconds = wait_seconds


class AccessDeniedError(ShopifyError):
    """The app lacks a scope or an approval for this. The merchant must grant it in the admin."""

    permanent = True


REAUTH_WAIT = 3600.0  # seconds between looks at a shop whose merchant has to open the app first


class UnauthorisedError(ShopifyError):
    """The shop's token is dead. The merchant must open the app once; then it recovers by itself.

    Not permanent: what is due waits for that visit, and is not lost by it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry_after=REAUTH_WAIT)


class NeedsReauthError(UnauthorisedError):
    """No usable token chain is stored for this shop. The merchant must open the app once."""


class PaymentRequiredError(ShopifyError):
    """The shop is frozen because it does not pay Shopify (402). Pause; it may come back."""


class ShopLockedError(ShopifyError):
    """Shopify has locked the shop (423). Pause; it may come back."""


class RefusedError(ShopifyError):
    """Shopify understood the request and will not do it, now or ever: the request is wrong."""

    permanent = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UserError:
    """One entry of a payload's `userErrors`."""

    field: str
    """Dotted path of the input at fault, or empty."""
    code: str
    """Shopify's code, or empty: some payloads have none."""
    message: str = dataclasses.field(repr=False)
    """Shopify's words; they may quote the input, so they are never logged."""


class UserErrorsError(ShopifyError):
    """Shopify refused the input of a mutation; nothing was changed."""

    permanent = True

    def __init__(self, errors: Sequence[UserError]) -> None:
        super().__init__(
            "user_errors:" + ",".join(error.code or error.field or "unknown" for error in errors)
        )
        self.errors = tuple(errors)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(error.code for error in self.errors)
