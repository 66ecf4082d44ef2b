"""Shopify's own sample bodies and anonymised real ones, where this machine has them; they are never copied here."""

import json
from pathlib import Path
from typing import Any

import pytest

from plugin.core.events import CheckoutChanged, OrderChanged
from plugin.webhooks.parsing import UnintelligibleError
from plugin.webhooks.topics import TOPICS
from tests.webhooks.shopify_bodies import SHOP, said

_FOLDER = Path("/work/shared")
SAMPLES = _FOLDER / "data" / "webhook_samples"
REAL = _FOLDER / "data" / "webhook_samples_real"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample bodies on this machine")
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="no real bodies on this machine")
real_bodies = sorted(REAL.glob("orders__*.json")) + sorted(REAL.glob("checkouts__*.json"))

_TIMES = ("_at",)
_AMOUNTS = ("amount", "price", "total_discount", "total_tax", "subtotal_price", "total_price", "line_price")


def deanonymised(value: Any, key: str = "") -> Any:
    """The structure, nulls and types are real; the words `example string` stand where times and amounts were."""
    if isinstance(value, dict):
        return {name: deanonymised(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [deanonymised(part, key) for part in value]
    if value != "example string":
        return value
    if key.endswith(_TIMES):
        return "2024-01-31T12:00:00-05:00"
    if key in _AMOUNTS:
        return "12.34"
    return {"currency": "CAD", "currency_code": "CAD"}.get(key, value)


WITHOUT_SAMPLE = {
    "inventory_levels/update",  # an empty object
    "customers_whats_app_marketing_consent/update",  # newer than the samples
}
SAYING_NOTHING = {
    "customers/merge",  # the sample is of a merge that failed
    "customers_marketing_consent/update",  # every state in it is null
}


@needs_samples
@pytest.mark.parametrize("topic", sorted(TOPICS.keys() - WITHOUT_SAMPLE))
def test_shopifys_own_sample_is_understood(topic: str) -> None:
    raw = (SAMPLES / f"{topic.replace('/', '__')}.json").read_text()
    heard = said(topic, raw.replace("{shop}.myshopify.com", SHOP).encode())
    assert bool(heard) is (topic not in SAYING_NOTHING)


@needs_samples
def test_a_sample_of_a_topic_we_do_not_understand_is_no_topic_of_ours() -> None:
    samples = [path for path in sorted(SAMPLES.glob("*.json")) if path.stem.replace("__", "/") not in TOPICS]
    for path in samples:
        for topic in TOPICS:
            with pytest.raises(UnintelligibleError, match="wrong_shape"):
                said(topic, path.read_bytes())


@needs_real
@pytest.mark.parametrize("path", real_bodies, ids=lambda path: path.stem)
def test_a_real_body_is_understood_and_nulls_nothing(path: Path) -> None:
    body = deanonymised(json.loads(path.read_bytes()))
    resource = path.stem.partition("__")[0]
    event = said(f"{resource}/{'updated' if resource == 'orders' else 'update'}", body)[0]
    assert isinstance(event, OrderChanged | CheckoutChanged)
    assert len(event.lines) == len(body["line_items"])
    assert event.currency == "CAD"
    assert event.contact.email is not None
    assert event.contact.phone is not None
