"""The plumbing: short jobs that keep promises made elsewhere."""

import logging
from datetime import datetime, timedelta

from plugin.jobs.tools import Tools
from plugin.pipeline.connect import NOT_INSTALLED
from plugin.pipeline.deliver import look_up_doubts, settle_doubts
from plugin.pipeline.watch import watch_shops
from plugin.shopify.errors import ShopifyError
from plugin.store import shops

KEYS_KEPT = timedelta(days=35)
"""Longer than anybody repeats a delivery; the watch also looks back four weeks and a bit."""

_log = logging.getLogger(__name__)


def deliver_messages(tools: Tools, now: datetime) -> int:
    """Carry out every due effect: messages, discount codes, opt-outs to write back."""
    return tools.deliverer.deliver(now)


def import_history(tools: Tools, now: datetime) -> int:
    """Take unfinished imports of shops' histories further."""
    return tools.importer.step(now)


def reconcile(tools: Tools, now: datetime) -> int:
    """Compare each shop with Shopify every ten minutes, and take in what no webhook told."""
    return tools.reconciler.step(now)


def write_tags(tools: Tools, now: datetime) -> int:
    """Put the tags of segments on their customers in Shopify, and take them off again."""
    return tools.tagger.step(now)


def finish_connecting(tools: Tools, now: datetime) -> int:
    """Install the shops whose currency and time zone Shopify could not say when their merchant came."""
    return tools.connector.finish_all(now)


def take_up_set_aside(tools: Tools, now: datetime) -> int:  # noqa: ARG001  # the shape of a job
    """Have deliveries understood that came before their shop was installed, and were looked at too early."""
    return sum(
        tools.inbox.reopen(shop_id, reason=NOT_INSTALLED) for shop_id in shops.installed_ids(tools.database)
    )


def resolve_doubts(tools: Tools, now: datetime) -> int:
    """End doubts: by what the provider knows, or after their window by the class of message."""
    settled = 0
    for shop_id in shops.installed_ids(tools.database):
        settled += look_up_doubts(tools.database, tools.deliverer.channel, shop_id, now)
        with tools.database.unit(shop_id) as unit:
            settled += settle_doubts(unit, now)
    return settled


def finish_erasures(tools: Tools, now: datetime) -> int:
    """Erase the raw bodies that mention erased people and shops."""
    return tools.eraser.finish(now)


def keep_tokens_alive(tools: Tools, now: datetime) -> int:
    """Refresh the tokens of dormant shops before they die of age."""
    refreshed = 0
    for shop in shops.everyone(tools.database):
        if shop.state != shops.INSTALLED:
            continue
        try:
            refreshed += tools.chain.keep_alive(shop.shop_id, shop.domain, now)
        except ShopifyError as error:
            _log.warning("a token could not be kept alive: %s", error.reason)
    return refreshed


def watch(tools: Tools, now: datetime) -> int:
    """Raise an alarm when webhooks, orders or a live flow go quiet against the shop's own past, and end it."""
    return watch_shops(tools.database, tools.inbox, now)


def drop_raw_bodies(tools: Tools, now: datetime) -> int:
    """Forget the bodies of webhooks that were understood long ago, and after 35 days that they ever came."""
    dropped = tools.inbox.drop_bodies(now - tools.bodies_kept)
    return dropped + tools.inbox.delete_keys(now - KEYS_KEPT)
