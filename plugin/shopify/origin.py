"""Where a shop's OAuth endpoint and Admin API are reached."""

import re
from dataclasses import dataclass

from plugin.core import keys

REAL_TEMPLATE = "https://{shop}"
_LOOPBACK_TEMPLATE = re.compile(
    r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/\{shop\}(?:/[A-Za-z0-9._~-]+)*"
)


class ShopOriginError(ValueError):
    """REGULARS_SHOPIFY_ORIGIN names a host that is neither the shop itself nor this machine."""


@dataclass(frozen=True, slots=True)
class ShopOrigin:
    """A template with `{shop}` in it, narrow enough that a token can never be sent to a third party.

    Two shapes pass: the default `https://{shop}`, and a loopback address such as
    `http://127.0.0.1:9000/{shop}` for the demo and tests. Raises `ShopOriginError` for any other.
    """

    template: str = REAL_TEMPLATE

    def __post_init__(self) -> None:
        if self.template != REAL_TEMPLATE and _LOOPBACK_TEMPLATE.fullmatch(self.template) is None:
            raise ShopOriginError(
                f"REGULARS_SHOPIFY_ORIGIN must be {REAL_TEMPLATE} or a loopback address such as "
                "http://127.0.0.1:9000/{shop}; remove it to use the default"
            )

    @property
    def is_real(self) -> bool:
        return self.template == REAL_TEMPLATE

    def url(self, shop: str, path: str) -> str:
        """The address of `path` (which starts with a slash) at `shop`; raises `InvalidShopDomainError`."""
        if not path.startswith("/"):
            raise ValueError("a path starts with a slash")
        return self.template.replace("{shop}", keys.shop_domain(shop)) + path
