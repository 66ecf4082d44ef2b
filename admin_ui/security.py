"""Response headers: who may frame a page, and what a page may load.

Sources: Shopify "Set up iframe protection"; App Bridge needs `cdn.shopify.com` for script, style and fetch. Inline
style is allowed for its elements, which write style attributes, and for previews of messages: mail is styled
inline, and a sandboxed `srcdoc` frame has the policy of the page around it. Our own templates have none (a lint).
"""

from admin_ui.deps import Mode
from plugin.core.keys import InvalidShopDomainError, shop_domain

CDN = "https://cdn.shopify.com"
APP_BRIDGE = f"{CDN}/shopifycloud/app-bridge.js"
POLARIS = f"{CDN}/shopifycloud/polaris-1.js"
SHOPIFY_ADMIN = "https://admin.shopify.com"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PRELOAD = ", ".join(
    (
        f'<{CDN}>; rel="preconnect"',
        f'<{APP_BRIDGE}>; rel="preload"; as="script"',
        f'<{POLARIS}>; rel="preload"; as="script"',
    )
)


def claimed_shop(text: str | None) -> str | None:
    """A shop domain as a query names it: well-formed, but nobody vouched for it."""
    try:
        return shop_domain(text or "")
    except InvalidShopDomainError:
        return None


def security_headers(*, mode: Mode, shop: str | None, is_html: bool) -> dict[str, str]:
    """The headers of one answer. `shop` is the domain whose admin may frame it; None lets nobody."""
    headers = dict(_ALWAYS)
    if mode == "shopify":
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if is_html:
        headers["Content-Security-Policy"] = content_security_policy(mode=mode, shop=shop)
        if mode == "shopify":
            headers["Link"] = _PRELOAD
    return headers


def content_security_policy(*, mode: Mode, shop: str | None) -> str:
    cdn = f" {CDN}" if mode == "shopify" else ""
    directives = (
        "default-src 'none'",
        f"script-src 'self'{cdn}",
        f"style-src 'self' 'unsafe-inline'{cdn}",
        "img-src 'self' data: https:",
        f"font-src 'self'{cdn}",
        f"connect-src 'self'{cdn}",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {_frame_ancestors(mode=mode, shop=shop)}",
    )
    return "; ".join(directives)


def _frame_ancestors(*, mode: Mode, shop: str | None) -> str:
    if shop is None:
        return "'none'"
    # The demo's admin frame has our own origin.
    demo = "'self' " if mode == "demo" else ""
    return f"{demo}https://{shop} {SHOPIFY_ADMIN}"
