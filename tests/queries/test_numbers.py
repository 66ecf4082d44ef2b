"""Home, flows, status and privacy requests in numbers."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.events import CustomerDataRequested, Person
from plugin.core.lifecycle.stages import Stage
from plugin.core.messages import Outcome
from plugin.pipeline.forget import note_data_request
from plugin.pipeline.steer import dismiss_guide
from plugin.queries.flows import FlowNumbers, flow_numbers, passages
from plugin.queries.home import HomePage, Sales, home_page
from plugin.queries.privacy import export, requests
from plugin.queries.status import status
from plugin.shopify.scopes import NEEDED
from plugin.store import alarms, imports, shops
from plugin.store.schema import newest_revision
from tests.admin_ui.store import LAN, OTHER_SHOP_ID, SARA, SHOP_ID, Store, a_store, an_empty_store, of
from tests.builders import DAY, HOUR, NOW, an_order


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


def home_of(store: Store, shop_id: int = SHOP_ID, failed_deliveries: int = 0) -> HomePage:
    with store.database.reading(shop_id) as unit:
        return home_page(unit, store.clock.now(), failed_deliveries=failed_deliveries)


def flow_of(store: Store, flow_id: str, shop_id: int = SHOP_ID) -> FlowNumbers:
    with store.database.reading(shop_id) as unit:
        return next(each for each in flow_numbers(unit) if each.flow.id == flow_id)


def test_home_counts_customers_sales_flows_and_messages(store: Store) -> None:
    home = home_of(store)
    assert (home.customers, home.mailable, home.orders, home.net_minor) == (5, 2, 4, 41_500)
    assert home.last_month == Sales(orders=3, net_minor=36_500)
    assert home.stages == {Stage.NEW: 3, Stage.LAPSED: 1, Stage.PROSPECT: 1}
    assert (home.flows_on, home.flows_total, home.messages) == (3, 3, {"sent": 1})
    assert [(message.name, message.step_id, message.state) for message in home.recent] == [
        ("Lan", "reminder_1", "sent")
    ]
    assert (home.is_importing, home.attention) == (False, ())


def test_home_names_at_most_three_worries_the_gravest_first(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        shops.set_state(unit, shops.NEEDS_REAUTH, at=NOW, reason="test", author="test")
        shops.change_settings(unit, {"postal_address": " "}, at=NOW, author="test")
        found = imports.of_shop(unit)[0]
        imports.change(unit, found, state="failed", reason="test")
    worries = home_of(store, failed_deliveries=4).attention
    assert [worry.kind for worry in worries] == ["needs_reauth", "import_failed", "no_postal_address"]


def test_deliveries_of_the_inbox_that_failed_are_a_worry(store: Store) -> None:
    worries = home_of(store, failed_deliveries=4).attention
    assert [(worry.kind, worry.count) for worry in worries] == [("deliveries_failed", 4)]


def test_a_missing_permission_and_a_silence_are_worries(store: Store) -> None:
    with store.database.unit(SHOP_ID) as unit:
        shops.note_scopes(unit, [scope for scope in NEEDED if scope != "write_discounts"], NOW)
        alarms.raise_alarm(unit, "webhooks", at=NOW, hours=24, expected=40, seen=2)
    worries = home_of(store).attention
    assert [(worry.kind, worry.count) for worry in worries] == [("scopes_missing", 1), ("gone_quiet", 1)]
    assert home_of(store, OTHER_SHOP_ID).attention[0].kind == "no_postal_address"


def test_the_guide_follows_what_is_done_and_is_gone_once_dismissed(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    steps = [(step.kind, step.is_done) for step in home_of(store).setup]
    assert steps == [
        ("import", False),
        ("postal_address", False),
        ("sender", True),
        ("flow", False),
        ("message", False),
    ]
    with store.database.unit(SHOP_ID) as unit:
        shops.change_settings(unit, {"postal_address": "1 Lotus Road"}, at=NOW, author="test")
        dismiss_guide(unit, now=NOW, author="merchant:7")
    assert (home_of(store).setup, home_of(store).is_set_up) == ((), True)
    assert home_of(store, OTHER_SHOP_ID).is_set_up is False


def test_a_store_at_work_has_nothing_left_to_set_up(store: Store) -> None:
    assert [step.is_done for step in home_of(store).setup] == [True] * 5


def test_an_unfinished_import_is_in_progress(tmp_path: Path) -> None:
    store = an_empty_store(tmp_path)
    with store.database.unit(SHOP_ID) as unit:
        imports.request(unit, 1, NOW)
    home = home_of(store)
    assert home.is_importing is True
    assert [found.kind for found in home.imports] == ["customers", "orders"]
    assert home_of(store, OTHER_SHOP_ID).imports == ()


def test_flows_say_who_entered_what_was_sent_and_why_not(store: Store) -> None:
    numbers = flow_of(store, "abandoned_checkout")
    assert (numbers.entered, numbers.running, numbers.sent, numbers.waiting) == (2, 2, 1, 0)
    assert numbers.not_sent == (("no_consent", 1),)
    assert (numbers.is_on, numbers.switched_at, numbers.last_failure) == (True, NOW, None)


def test_a_failure_is_counted_and_shown(store: Store) -> None:
    store.pass_time(timedelta(hours=23))
    store.settle(Outcome.IN_DOUBT, "reply_unreadable")
    numbers = flow_of(store, "abandoned_checkout")
    assert (numbers.in_doubt, numbers.failed) == (1, 0)
    assert numbers.last_failure is not None
    assert numbers.last_failure.reason == "reply_unreadable"
    assert [(worry.kind, worry.count) for worry in home_of(store).attention] == [("messages_failed", 1)]


def test_passages_tell_where_people_stand(store: Store) -> None:
    store.hear(of(SARA, an_order(970, at=store.clock.now())))
    with store.database.reading(SHOP_ID) as unit:
        found = {each.customer_id: each for each in passages(unit, "abandoned_checkout")}
    assert (found[LAN].step_id, found[LAN].end_reason) == ("reminder_2", None)
    assert found[LAN].due == store.clock.now() - HOUR + DAY
    assert found[SARA].end_reason == "ordered"


def test_the_other_shop_sees_zeros(store: Store) -> None:
    home = home_of(store, OTHER_SHOP_ID)
    assert (home.customers, home.orders, home.flows_on, home.messages, home.recent) == (0, 0, 0, {}, ())
    assert home.last_month == Sales(orders=0, net_minor=0)
    numbers = flow_of(store, "abandoned_checkout", OTHER_SHOP_ID)
    assert (numbers.entered, numbers.messages, numbers.not_sent, numbers.is_on) == (0, {}, (), False)
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert passages(unit, "abandoned_checkout") == []


def test_status_counts_everything_and_every_state_has_its_entry(store: Store) -> None:
    counted = status(store.database, store.inbox)
    states = ["ready", "wire", "sent", "soft_failed", "hard_failed", "in_doubt", "skipped"]
    assert counted == {
        "inbox": {"received": 0, "done": 0, "failed": 0, "ignored": 0},
        "customers": 5,
        "enrollments": {"running": 2, "ended": 0},
        "messages": {**dict.fromkeys(states, 0), "sent": 1},
        "effects": dict.fromkeys(states, 0),
        "ledger": {"transactions": 3, "postings": 6, "sum": 0},
        "oldest_due": (store.clock.now() - HOUR + DAY).isoformat(),
        "schema": newest_revision("main"),
        "failures": [],
        "alarms": [],
        "models": [
            {
                "shop": "lotus.myshopify.com",
                "number": 1,
                "fitted_at": NOW.isoformat(),
                "reason": "import",
                "walked": 4,
                "people": 4,
                "ended_at": NOW.isoformat(),
            }
        ],
    }
    assert json.loads(json.dumps(counted)) == counted


def test_status_groups_what_was_not_understood_by_topic_and_reason(store: Store) -> None:
    store.fail("d0", "d1", reason="not_json")
    store.receive("d2")
    found = status(store.database, store.inbox)
    assert found["inbox"] == {"received": 1, "done": 0, "failed": 2, "ignored": 0}
    assert found["failures"] == [
        {"shop": "lotus.myshopify.com", "topic": "orders/create", "reason": "not_json", "count": 2}
    ]


def test_a_data_request_is_listed_and_exported_without_keys_to_checkouts(store: Store) -> None:
    asked = CustomerDataRequested(
        request_id="9", person=Person(shopify_id=LAN), order_ids=(), occurred_at=NOW
    )
    with store.database.unit(SHOP_ID) as unit:
        note_data_request(unit, asked, NOW)
    with store.database.reading(SHOP_ID) as unit:
        line = requests(unit)[0]
        document = json.loads(export(unit, line.request_id))
        with pytest.raises(LookupError, match="no such data request"):
            export(unit, "data_request:10")
    assert (line.kind, line.state, line.customers, line.is_open) == ("data_request", "ready", (LAN,), True)
    tables = document["customers"][str(LAN)]
    assert tables["customers"][0]["email"] == "lan@example.com"
    assert "recover" not in json.dumps(document)
    assert {row["kind"] for row in tables["events"]} >= {"OrderChanged", "CheckoutChanged"}
    with store.database.reading(OTHER_SHOP_ID) as unit:
        assert requests(unit) == []
        with pytest.raises(LookupError, match="no such data request"):
            export(unit, line.request_id)
