"""Cases 3 to 9: one chain of tokens for each shop, through lost answers, crashes, refusals and long sleep."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from devstore.model import ConsentState
from plugin.core.keys import shop_id_of
from plugin.jobs import JOB_BY_NAME
from plugin.pipeline.connect import SealedTokenStore
from plugin.shopify.errors import UnreachableError
from plugin.shopify.shops import read_shop
from plugin.worker import run_job
from tests.street import SHOP, Street

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOP_ID = shop_id_of(SHOP)


def ask(street: Street) -> str:
    return read_shop(street.house.tools.reconciler.api, SHOP_ID, SHOP, street.now).gid


def token_requests(street: Street) -> int:
    return sum("oauth" in one.path for one in street.asked)


def kill_the_chain(street: Street) -> None:
    """What a revoked or long unused chain looks like from Shopify's side."""
    street.devstore.services.database.run("UPDATE tokens SET state = 'dead', expires_at = 0")


def test_03_many_workers_with_an_expired_token_refresh_once(either_street: Street) -> None:
    street = either_street
    street.move_in()
    street.clock.at += 2 * HOUR
    street.asked.clear()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: ask(street), range(8)))
    assert len(found) == 1
    assert token_requests(street) == 1


def test_04_a_refresh_whose_answer_was_lost_is_asked_for_again(street: Street) -> None:
    street.move_in()
    street.clock.at += 2 * HOUR
    street.befall(lose_token_answer=1)
    with pytest.raises(UnreachableError):
        ask(street)
    assert street.shop().state == "installed"
    assert ask(street)
    street.clock.at += 2 * HOUR
    street.befall(token_errors=1)
    with pytest.raises(UnreachableError):
        ask(street)
    assert ask(street)


def test_05_a_crash_between_refresh_and_its_record_costs_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """As final as a kill."""

    def killed(*_: object) -> bool:
        raise KilledError

    street.move_in()
    street.clock.at += 2 * HOUR
    with monkeypatch.context() as patch:
        patch.setattr(SealedTokenStore, "save", killed)
        with pytest.raises(KilledError):
            ask(street)
    street.clock.at += timedelta(minutes=2)
    assert ask(street)
    assert street.shop().state == "installed"


def test_06_after_a_final_refusal_everything_waits_for_the_merchant_and_nothing_is_lost(
    either_street: Street,
) -> None:
    street = either_street
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    street.shoppers().abandon_checkout(customer.id)
    street.deliver()
    kill_the_chain(street)
    street.pass_time(15 * timedelta(minutes=1))  # the next comparison finds out
    assert street.shop().state == "needs_reauth"

    street.asked.clear()
    order = street.shoppers().place_order(street.shoppers().create_customer().id)
    street.deliver()
    known = street.rows("SELECT subject FROM events WHERE shop_id = :shop_id AND kind = 'OrderChanged'")
    assert known == [(f"order:{order.id}",)]  # stored and understood
    street.pass_time(HOUR)
    held = street.rows("SELECT state, reason FROM outbox WHERE shop_id = :shop_id AND kind = 'message'")
    assert held == [("ready", "shop_needs_reauth")]
    street.pass_time(5 * HOUR)
    assert street.mail.sent == []
    assert token_requests(street) == 0  # no storm
    page = street.http.get(f"{street.app_url}/?shop={SHOP}&id_token=stale")
    assert page.status_code == 302

    assert street.open_app().status_code == 200
    assert street.shop().state == "installed"
    assert token_requests(street) == 1
    street.pass_time(timedelta(minutes=15))
    assert [message.to for message in street.mail.sent] == [customer.email]


def test_06_a_message_that_waited_too_long_says_so(street: Street) -> None:
    street.move_in()
    customer = street.shoppers().create_customer(consent=ConsentState.SUBSCRIBED)
    street.shoppers().abandon_checkout(customer.id)
    street.deliver()
    kill_the_chain(street)
    for _ in range(24 * 5):
        street.pass_time(HOUR)
    assert street.open_app().status_code == 200
    street.pass_time(HOUR)
    held = street.rows(
        "SELECT DISTINCT state, reason FROM outbox WHERE shop_id = :shop_id AND kind = 'message'"
    )
    assert ("skipped", "missed") in held
    assert all(state in {"skipped", "sent", "ready"} for state, _ in held)


def test_08_opening_the_app_again_and_again_exchanges_once(street: Street) -> None:
    street.move_in()
    street.asked.clear()
    for _ in range(10):
        assert street.open_app().status_code == 200
    assert token_requests(street) == 0


def test_09_a_dormant_shop_is_kept_alive_past_the_ninetieth_day(street: Street) -> None:
    street.move_in()
    ask(street)
    street.asked.clear()
    for _ in range(200):
        street.clock.at += DAY
        run_job(street.house.tools, JOB_BY_NAME["keep_tokens_alive"], street.now)
    assert 3 <= token_requests(street) <= 4
    assert ask(street)
    assert street.shop().state == "installed"


def test_no_token_and_no_secret_is_ever_in_a_log(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    street.move_in()
    street.clock.at += 2 * HOUR
    street.befall(lose_token_answer=1)
    with pytest.raises(UnreachableError):
        ask(street)
    kill_the_chain(street)
    street.pass_time(HOUR)
    street.open_app()
    rows = street.devstore.services.database.rows("SELECT access, refresh FROM tokens")
    secrets = {secret for row in rows for secret in row if secret} | {
        street.house.settings.shopify_api_secret
    }
    assert len(secrets) > 4
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("plugin"))
    assert ours
    assert [secret for secret in secrets if secret in caplog.text] == []
