"""Case 14: while a secret is rotated both are good; what the removed one signed is refused."""

from typing import Any

from plugin.core.keys import shop_id_of
from tests.street import SHOP, Street, a_street
from tests.world import API_SECRET, signed, webhook

NEW_SECRET = "shpss_the-secret-that-came-after-it"


def post(street: Street, delivery_id: str, *, secret: str) -> int:
    body = {"id": 1, "email": None, "updated_at": street.now.isoformat(), "state": "disabled"}
    sent: dict[str, Any] = webhook(
        "customers/update", body, delivery_id=delivery_id, shop=SHOP, at=street.now
    )
    sent["headers"]["X-Shopify-Hmac-Sha256"] = signed(sent["content"], secret=secret)
    return street.http.post(f"{street.app_url}/webhooks/shopify", **sent).status_code


def test_both_secrets_are_good_until_the_old_one_is_removed(sqlite_url: str) -> None:
    with a_street(sqlite_url) as street:
        street.move_in()
        assert post(street, "1", secret=API_SECRET) == 200
        assert post(street, "2", secret=NEW_SECRET) == 401
    with a_street(
        sqlite_url, migrated=True, SHOPIFY_API_SECRET=NEW_SECRET, SHOPIFY_API_SECRET_OLD=API_SECRET
    ) as street:
        assert post(street, "3", secret=API_SECRET) == 200  # the oldest that is not revoked still signs
        assert post(street, "4", secret=NEW_SECRET) == 200
        assert street.open_app(secret=API_SECRET).status_code == 200
        assert street.open_app(secret=NEW_SECRET).status_code == 200
        assert street.open_app(secret="shpss_a-secret-of-somebody-else-entirely").status_code == 302
        assert street.house.stores.inbox.counts(shop_id_of(SHOP))["received"] >= 2
    with a_street(sqlite_url, migrated=True, SHOPIFY_API_SECRET=NEW_SECRET) as street:
        assert post(street, "5", secret=API_SECRET) == 401
        assert street.open_app(secret=API_SECRET).status_code == 302
        assert post(street, "6", secret=NEW_SECRET) == 200
        assert street.open_app(secret=NEW_SECRET).status_code == 200
