"""What jobs work with, handed in by wiring."""

from dataclasses import dataclass
from datetime import timedelta

from plugin.pipeline.backfill import Importer
from plugin.pipeline.connect import Connector
from plugin.pipeline.deliver import Deliverer
from plugin.pipeline.forget import Eraser
from plugin.pipeline.reconcile import Reconciler
from plugin.pipeline.tagging import Tagger
from plugin.shopify.token_chain import TokenChain
from plugin.store.inbox import InboxStore
from plugin.store.unit_of_work import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    database: Database
    inbox: InboxStore
    deliverer: Deliverer
    importer: Importer
    reconciler: Reconciler
    connector: Connector
    eraser: Eraser
    tagger: Tagger
    chain: TokenChain
    bodies_kept: timedelta
    """How long the raw body of an understood webhook stays, to be understood again after a bug is found."""
    code_secret: bytes
    """Discount codes are derived from it; it never changes what was already promised."""
