"""Signatures that Shopify puts on query strings: launch URLs and app-proxy requests.

Both are HMAC-SHA256 in hexadecimal under the app secret; they differ in how the query becomes one string.
The webhook body signature lives with its receiver in `plugin.webhooks.receive`.
"""

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from plugin.core import keys

WINDOW = timedelta(
    seconds=90
)  # between Shopify's clock and ours, both ways; the value of Shopify's JS library
_MAX_QUERY = 8 * 1024  # characters
_MAX_FIELDS = 64
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_CUSTOMER_ID = re.compile(r"[0-9]{1,19}")
_PARAMETER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")  # links carry `utm_source`, `_gl` and the like
_PATH_PREFIX = re.compile(r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/(?:apps|a|community|tools)/[A-Za-z0-9_-]{1,64}")

_RESERVED = ("shop", "logged_in_customer_id", "path_prefix", "timestamp")
"""What Shopify itself adds to a proxy request, and what authority rests on."""

Pairs = Sequence[tuple[str, str]]


class SignatureError(Exception):
    """This request was not signed by Shopify for this app, or not now, or holds what its route does not take."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A verified launch URL. It says which shop, not who: only an ID token says who."""

    shop: str
    shop_id: int
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequest:
    """A verified storefront request. It came through `shop`; it does not own any record of that shop."""

    shop: str
    shop_id: int
    customer_id: int | None
    """Who is logged in at the storefront; compare it with the record's owner."""
    path_prefix: str
    parameters: Mapping[str, str]
    """The route's own parameters, each matched by the route's pattern."""


def verify_launch(query: str, *, secrets: Sequence[str], now: datetime) -> Launch:
    """Check the raw query string of a launch URL; raises `SignatureError`."""
    pairs = _pairs(query)
    _check_digest(_once(pairs, "hmac"), [launch_canonical(pairs)], secrets)
    for name in {name for name, _ in pairs if not name.endswith("[]")}:
        _once(pairs, name)
    _check_freshness(_once(pairs, "timestamp"), now)
    shop = _shop(_once(pairs, "shop"))
    single = {name: value for name, value in pairs if not name.endswith("[]") and name != "hmac"}
    return Launch(shop=shop, shop_id=keys.shop_id_of(shop), parameters=single)


def verify_proxy(
    query: str, *, secrets: Sequence[str], now: datetime, allowed: Mapping[str, re.Pattern[str]]
) -> ProxyRequest:
    """Check the raw query string of an app-proxy request; raises `SignatureError`.

    `allowed` are the route's own parameters and what each value must match in full. Parameters that neither
    the route nor Shopify's list names are signed but never handed on.
    """
    pairs = _pairs(query)
    signature = _once(pairs, "signature")
    canonical = proxy_canonical(pairs)
    _check_digest(signature, [canonical, proxy_canonical(pairs, by_name=True)], secrets)
    _check_unambiguous(pairs, canonical)
    _check_freshness(_once(pairs, "timestamp"), now)
    shop = _shop(_once(pairs, "shop"))
    prefix = _once(pairs, "path_prefix")
    if _PATH_PREFIX.fullmatch(prefix) is None:
        raise SignatureError("path_prefix")
    return ProxyRequest(
        shop=shop,
        shop_id=keys.shop_id_of(shop),
        customer_id=_customer_id(pairs),
        path_prefix=prefix,
        parameters=_route_parameters(pairs, allowed),
    )


def launch_canonical(pairs: Pairs) -> str:
    """The signed form of a launch query: sorted `k=v` joined by `&`; `ids[]` become `ids=["a", "b"]`."""
    return "&".join(sorted(_launch_items(pairs)))


def proxy_canonical(pairs: Pairs, *, by_name: bool = False) -> str:
    """The signed form of a proxy query: sorted `k=v` with nothing between them.

    Shopify's documentation sorts the `k=v` strings, its libraries sort by name (`by_name`); the two differ
    when one name is the beginning of another. Repeated values are joined by commas.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "signature":
            values.setdefault(name, []).append(value)
    joined = {name: f"{name}={','.join(several)}" for name, several in values.items()}
    return "".join([joined[name] for name in sorted(joined)] if by_name else sorted(joined.values()))


def _launch_items(pairs: Pairs) -> Iterable[str]:
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        if name == "hmac":
            continue
        if name.endswith("[]"):
            several.setdefault(name[:-2], []).append(value)
        else:
            yield _escaped(name, value)
    for name, values in several.items():
        yield _escaped(name, json.dumps(values))


def _escaped(name: str, value: str) -> str:
    # Delimiters inside names and values must not pass for delimiters (Shopify's libraries do the same).
    name = name.replace("%", "%25").replace("=", "%3D")
    return f"{name}={value.replace('%', '%25')}".replace("&", "%26")


def _pairs(query: str) -> Pairs:
    if len(query) > _MAX_QUERY:
        raise SignatureError("too_long")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise SignatureError("malformed") from error


def _once(pairs: Pairs, name: str) -> str:
    values = [value for key, value in pairs if key == name]
    if len(values) != 1:
        raise SignatureError(f"{name}_missing_or_repeated")
    return values[0]


def _check_digest(claimed: str, canonicals: Iterable[str], secrets: Sequence[str]) -> None:
    if _HEX_DIGEST.fullmatch(claimed) is None:
        raise SignatureError("signature")
    is_ours = False
    for secret in filter(None, secrets):
        for canonical in canonicals:
            digest = hmac.digest(secret.encode(), canonical.encode(), "sha256").hex()
            is_ours |= hmac.compare_digest(digest.encode(), claimed.encode())
    if not is_ours:
        raise SignatureError("signature")


def _check_freshness(timestamp: str, now: datetime) -> None:
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureError("timestamp")
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise SignatureError("timestamp") from error
    if abs(now - at) > WINDOW:
        raise SignatureError("stale")


def _check_unambiguous(pairs: Pairs, canonical: str) -> None:
    # Without separators `k=1` + `logged_in_customer_id=9` and the single value `k=1logged_in_customer_id=9`
    # are one signed string. Authority therefore needs each reserved name to occur in it exactly once.
    if any(canonical.count(f"{name}=") > 1 for name in _RESERVED):
        raise SignatureError("ambiguous")
    if any(_PARAMETER_NAME.fullmatch(name) is None for name, _ in pairs):
        raise SignatureError("parameter_name")


def _shop(text: str) -> str:
    try:
        shop = keys.shop_domain(text)
    except keys.InvalidShopDomainError as error:
        raise SignatureError("shop") from error
    if shop != text:
        raise SignatureError("shop")
    return shop


def _customer_id(pairs: Pairs) -> int | None:
    text = (
        _once(pairs, "logged_in_customer_id") if any(n == "logged_in_customer_id" for n, _ in pairs) else ""
    )
    if not text:
        return None
    if _CUSTOMER_ID.fullmatch(text) is None:
        raise SignatureError("logged_in_customer_id")
    return int(text)


def _route_parameters(pairs: Pairs, allowed: Mapping[str, re.Pattern[str]]) -> Mapping[str, str]:
    present = {name for name, _ in pairs} & allowed.keys()
    found = {name: _once(pairs, name) for name in present}
    for name, value in found.items():
        if allowed[name].fullmatch(value) is None:
            raise SignatureError(name)
    return found
