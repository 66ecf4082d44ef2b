"""Builds the house from its settings: for the web process, the worker, the command line and tests alike."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from sqlalchemy import Engine

from plugin.channels import Channel, open_channel
from plugin.channels.memory import HasKept, Keep
from plugin.clock import Clock
from plugin.core.links import LinkSigner
from plugin.core.messages import Message
from plugin.core.sealing import Sealer, derived_key
from plugin.jobs.tools import Tools
from plugin.pipeline.backfill import Importer
from plugin.pipeline.compose import Stationery
from plugin.pipeline.connect import Connector, SealedTokenStore
from plugin.pipeline.deliver import AT_ONCE, Deliverer
from plugin.pipeline.forget import Eraser
from plugin.pipeline.reconcile import Reconciler
from plugin.pipeline.rewards import CodeIssuer, CodeWithdrawer
from plugin.pipeline.tagging import Tagger
from plugin.pipeline.unsubscribe import OptOutWriter
from plugin.rendering.render import Renderer
from plugin.settings import Settings, require_to_serve
from plugin.shopify.api import AdminApi
from plugin.shopify.graphql import AdminClient
from plugin.shopify.origin import ShopOrigin
from plugin.shopify.token_chain import TokenChain
from plugin.shopify.tokens import TokenDoor
from plugin.store import outbox, schema
from plugin.store.engine import open_engine
from plugin.store.inbox import InboxStore, InboxWriter, inbox_engine, inbox_store, inbox_writer
from plugin.store.unit_of_work import Database

_SHOPIFY_CONNECTIONS = httpx.Limits(max_connections=20, max_keepalive_connections=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The two databases, opened; enough to look and to migrate."""

    database: Database
    inbox: InboxStore
    inbox_engine: Engine

    def close(self) -> None:
        self.database.engine.dispose()
        self.inbox_engine.dispose()
        self.inbox.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that is alive in one process."""

    settings: Settings
    clock: Clock
    stores: Stores
    writer: InboxWriter
    signer: LinkSigner
    tools: Tools
    http: httpx.Client
    origin: ShopOrigin
    pool: ThreadPoolExecutor

    @property
    def database(self) -> Database:
        return self.stores.database

    def close(self) -> None:
        """Let go of connections and threads. What was under way is finished or found again by the next start."""
        self.pool.shutdown(wait=True)
        self.http.close()
        self.stores.close()


def open_stores(settings: Settings) -> Stores:
    """Open both databases. Raises `UnsupportedDatabaseError`; does not look at the schema."""
    engine = open_engine(settings.database_url)
    for_inbox = inbox_engine(settings.database_url)
    inbox = inbox_store(settings.database_url, for_inbox)
    return Stores(database=Database(engine), inbox=inbox, inbox_engine=for_inbox)


def migrate(stores: Stores) -> None:
    """Bring both databases to the current schema."""
    schema.migrate(stores.database.engine, "main")
    schema.migrate(stores.inbox_engine, "inbox")


def require_current_schema(stores: Stores) -> None:
    """Raise `SchemaOutOfDateError` unless both databases are at the current schema."""
    schema.require_current(stores.database.engine, "main")
    schema.require_current(stores.inbox_engine, "inbox")


def build_house(
    settings: Settings, clock: Clock, *, api: AdminApi | None = None, channel: Channel | None = None
) -> House:
    """Everything, ready to serve. Raises `SettingsError` when a needed setting is missing.

    `api` and `channel` stand in for Shopify and the mail server where none is to be reached.
    """
    require_to_serve(settings)
    stores = open_stores(settings)
    database, inbox = stores.database, stores.inbox
    http = httpx.Client(limits=_SHOPIFY_CONNECTIONS, follow_redirects=False)
    origin = ShopOrigin(settings.shopify_origin)
    chain = TokenChain(
        SealedTokenStore(database, Sealer(settings.secret_keys), clock.now),
        TokenDoor(http, origin, api_key=settings.shopify_api_key, api_secret=settings.shopify_api_secret),
    )
    api = api or AdminClient(http, origin, settings.shopify_api_version, chain)
    channel = channel or open_channel(
        settings.smtp_url,
        app_url=settings.app_url,
        keep=_mailbox(database),
        has_kept=_is_in_mailbox(database),
    )
    signer = LinkSigner(settings.secret_keys)
    pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="wire")
    stationery = Stationery(
        renderer=Renderer(), signer=signer, app_url=settings.app_url, mail_from=settings.mail_from
    )
    tools = Tools(
        database=database,
        inbox=inbox,
        deliverer=Deliverer(
            database=database,
            channel=channel,
            stationery=stationery,
            codes=CodeIssuer(api=api),
            withdrawals=CodeWithdrawer(api=api),
            opt_outs=OptOutWriter(api=api),
            pool=pool,
        ),
        importer=Importer(database=database, api=api, http=http),
        reconciler=Reconciler(database=database, api=api),
        connector=Connector(
            database=database, inbox=inbox, chain=chain, api=api, salt_secret=settings.secret_keys[0]
        ),
        eraser=Eraser(database=database, inbox=inbox),
        tagger=Tagger(database=database, api=api),
        chain=chain,
        bodies_kept=timedelta(days=settings.bodies_kept_days),
        code_secret=derived_key(settings.secret_keys[0], "discount-code"),
    )
    return House(
        settings=settings,
        clock=clock,
        stores=stores,
        writer=inbox_writer(settings.database_url),
        signer=signer,
        tools=tools,
        http=http,
        origin=origin,
        pool=pool,
    )


def _mailbox(database: Database) -> Keep:
    """Keeps what `memory://` accepts in the demo mailbox, each shop's mail under that shop."""

    def keep(message: Message, raw: bytes, at: datetime) -> None:
        shop_id = int(message.effect_key.partition(":")[0])
        with database.unit(shop_id) as unit:
            outbox.keep_in_mailbox(
                unit,
                effect_key=message.effect_key,
                recipient=message.to,
                subject=message.subject,
                sent_at=at,
                raw=raw,
            )

    return keep


def _is_in_mailbox(database: Database) -> HasKept:
    """Answers whether a message of this effect is in the demo mailbox."""

    def has_kept(effect_key: str) -> bool:
        with database.reading(int(effect_key.partition(":")[0])) as unit:
            return outbox.has_kept(unit, effect_key)

    return has_kept
