"""One customer on a page, and the list of them all."""

from pathlib import Path

import pytest

from plugin.core.events import ConsentState
from plugin.core.identity import digest
from plugin.core.lifecycle.stages import Stage
from plugin.queries.customer import CustomerPage, customer_page
from plugin.queries.customers import members, search
from plugin.store import customers, shops
from tests.admin_ui.store import (
    GUEST_EMAIL,
    LAN,
    LATE,
    OMAR,
    OTHER_SHOP_ID,
    SARA,
    SHOP_ID,
    Store,
    a_store,
    guest_id_of,
    of,
)
from tests.builders import DAY, HOUR, MINUTE, NOW, a_consent, an_order


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def page_of(store: Store, customer_id: int) -> CustomerPage:
    with store.database.reading(SHOP_ID) as unit:
        return customer_page(unit, customer_id, store.clock.now())


def test_a_customer_has_orders_value_stage_and_an_open_checkout(store: Store) -> None:
    page = page_of(store, LAN)
    assert (page.name, page.email, page.is_guest) == ("Lan", "lan@example.com", False)
    assert (page.orders_count, page.net_minor, page.average_minor) == (1, 5000, 5000)
    assert (page.first_order_at, page.last_order_at) == (NOW - 20 * DAY, NOW - 20 * DAY)
    assert (page.stage, page.stage_since) == (Stage.NEW, NOW - 20 * DAY)
    assert page.stage_changes_at is not None
    assert page.stage_changes_at > store.clock.now()
    assert page.open_checkout is not None
    assert page.open_checkout.token == "lan-checkout"


def test_consent_comes_with_its_proof_newest_first(store: Store) -> None:
    page = page_of(store, OMAR)
    assert [(proof.state, proof.source) for proof in page.consents] == [
        (ConsentState.UNSUBSCRIBED, "one_click"),
        (ConsentState.SUBSCRIBED, "import"),
    ]
    assert page.unmailable == "unsubscribed"
    assert page_of(store, SARA).unmailable == "no_consent"
    assert page_of(store, SARA).consents == ()
    assert page_of(store, LAN).unmailable is None


def test_a_suppressed_address_is_shown_with_reason_and_time(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        address = digest(shops.get(unit).salt, "email:lan@example.com")
        customers.suppress(unit, channel="email", digest=address, reason="mailbox_unknown", at=NOW)
    suppression = page_of(store, LAN).suppression
    assert suppression is not None
    assert (suppression.reason, suppression.at) == ("mailbox_unknown", NOW)


def test_points_are_the_sum_of_the_ledger_lines(store: Store) -> None:
    page = page_of(store, OMAR)
    assert page.points == 300
    assert [(line.points, line.reason) for line in page.ledger] == [
        (-100, "order_reduced"),
        (400, "order_paid"),
    ]


def test_a_reward_is_shown_with_its_code_while_it_is_made(store: Store) -> None:
    store.hear(of(LAN, an_order(960, at=store.clock.now(), product_minor=70_000)))
    store.pass_time(HOUR)
    page = page_of(store, LAN)
    assert [(reward.points, reward.state, reward.code[:4]) for reward in page.rewards] == [
        (500, "requested", "REG-")
    ]
    assert page.points == 200


def test_segments_come_with_what_made_them_so(store: Store) -> None:
    page = page_of(store, LAN)
    found = {each.segment_id: each for each in page.segments}
    assert set(found) >= {"bought_once", "abandoned_checkout", "mailable", "everyone"}
    why = found["bought_once"].why
    assert why is not None
    assert [(finding.value, finding.held) for finding in why.findings()] == [(1, True)]
    assert (found["abandoned_checkout"].since, found["mailable"].since) == (NOW + MINUTE, NOW)


def test_what_is_amiss_comes_gravest_first(store: Store) -> None:
    assert page_of(store, LAN).health == ("no_language",)
    assert page_of(store, OMAR).health == ("unsubscribed", "unreachable", "no_language")
    assert page_of(store, guest_id_of(store)).health == ("no_consent", "unreachable", "guest", "no_language")


def test_every_word_about_any_channel_is_kept(store: Store) -> None:
    store.hear(of(OMAR, a_consent(at=store.clock.now() + HOUR, channel="sms", source="checkout")))
    page = page_of(store, OMAR)
    assert {(word.channel, word.state, word.source) for word in page.profile.consents} == {
        ("email", ConsentState.UNSUBSCRIBED, "one_click"),
        ("sms", ConsentState.SUBSCRIBED, "checkout"),
    }
    assert [proof.channel for proof in page.consents] == ["sms", "email", "email"]


def test_search_looks_into_names_addresses_and_ids(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:

        def found(text: str) -> list[int]:
            return [member.customer_id for member in search(unit, text)]

        assert found("lan") == [LAN]
        assert found("LAN@EXAMPLE") == [LAN]
        assert found("سارا") == [SARA]
        assert found("example omar") == [OMAR]
        assert found(str(LATE)) == [LATE]
        assert found("gül")[0] < 0
        assert found("100%") == []
        assert found("_") == []
        assert len(found("")) == 5
        assert [each.customer_id for each in members(unit, [OMAR, 99, LAN])] == [OMAR, LAN]


def test_pages_of_the_list_follow_each_other(store: Store) -> None:
    with store.database.reading(SHOP_ID) as unit:
        first = search(unit, "", limit=2)
        second = search(unit, "", after=first[-1].customer_id, limit=2)
        third = search(unit, "", after=second[-1].customer_id, limit=2)
    assert [member.customer_id for member in (*first, *second)] == [LATE, OMAR, SARA, LAN]
    assert [member.email for member in third] == [GUEST_EMAIL]


def test_the_other_shop_has_no_customers(store: Store) -> None:
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert search(unit, "") == []
        with pytest.raises(LookupError, match="no such customer"):
            customer_page(unit, LAN, store.clock.now())
