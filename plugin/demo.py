"""The demo: one process, SQLite, and a simulated store with real sales history beside the app.

Everything the demo does goes the way a real install goes: an ID token is exchanged, history is imported by bulk
operations over HTTP, webhooks arrive signed at the door. Only the clock can be moved, and mail stays here.
"""

import asyncio
import json
import logging
import secrets
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from devstore import id_tokens
from devstore.app import Devstore, create_devstore
from devstore.config import DevstoreConfig, MailboxEntry
from plugin.app import create_app
from plugin.clock import ShiftedClock
from plugin.core.flows import FLOWS
from plugin.core.keys import shop_id_of
from plugin.pipeline.steer import turn_flow
from plugin.settings import Settings
from plugin.shopify.id_token import verify_id_token
from plugin.store import flows, outbox, queue, shops
from plugin.wiring import House, build_house, migrate
from plugin.worker import Worker, tick

SHOP = "vinyl-and-verse.myshopify.com"
MOUNT = "/devstore"
DEFAULT_FOLDER = Path("var/demo")
STEP = timedelta(minutes=5)  # the finest grain in which the demo's time is moved through what is due
_QUEUES = [*(f"flow:{flow.id}" for flow in FLOWS), "outbox", "stages"]
_log = logging.getLogger(__name__)


@dataclass
class Demo:
    """The parts of a running demo, and what its demo bar can do with them."""

    folder: Path
    settings: Settings
    clock: ShiftedClock
    house: House
    worker: Worker
    loop: asyncio.AbstractEventLoop | None = None
    devstore: Devstore = field(init=False)

    def now(self) -> datetime:
        return self.clock.now()

    def move_clock(self, by: timedelta) -> None:
        """Let time pass, stopping wherever something is due, so that everything happens at its hour."""
        target = self.clock.now() + by
        with self.worker.still():
            tick(self.house.tools, self.clock.now())
            while (here := self.clock.now()) < target:
                due = queue.next_due_anywhere(self.house.database, _QUEUES)
                stop = target if due is None else min(target, max(due, here + STEP))
                self.clock.move(stop - here)
                # Kept before anything happens at that hour, so that a restart never finds mail from the future.
                _write(self.folder / "clock.json", {"shift": self.clock.shift.total_seconds()})
                tick(self.house.tools, self.clock.now())

    def mailbox(self) -> list[MailboxEntry]:
        with self.house.database.reading(shop_id_of(SHOP)) as unit:
            kept = outbox.mailbox(unit)
        return [_entry(item) for item in kept]

    def reset(self) -> None:
        """Back to the first day: the store as it was seeded, the app as it was installed."""
        if self.loop is None:
            raise RuntimeError("the demo is not running")
        with self.worker.still():
            asyncio.run_coroutine_threadsafe(self.house.writer.stop(), self.loop).result()
            self.house.stores.close()
            for path in self.folder.glob("regulars*.db*"):
                path.unlink()
            self.clock.shift = timedelta(0)
            _write(self.folder / "clock.json", {"shift": 0.0})
            migrate(self.house.stores)
            asyncio.run_coroutine_threadsafe(self.house.writer.start(), self.loop).result()
            self.devstore.reset()
        self.install()

    def install(self) -> None:
        """What the merchant's first visit does; and the demo's merchant has turned every flow on."""
        now = self.clock.now()
        api_key, secret = self.settings.shopify_api_key, self.settings.shopify_api_secret
        token = id_tokens.mint(shop=SHOP, api_key=api_key, api_secret=secret, now=now)
        claims = verify_id_token(token, api_key=api_key, secrets=[secret], now=now)
        self.devstore.store().install()
        self.house.tools.connector.connect(token, claims, now)
        with self.house.database.unit(shop_id_of(SHOP)) as unit:
            was_switched = flows.switches(unit)
            if shops.get(unit).state == shops.INSTALLED:
                for flow in FLOWS:
                    if flow.id not in was_switched:
                        turn_flow(unit, flow.id, is_on=True, now=now, author="demo")


def run_demo(*, port: int, folder: Path = DEFAULT_FOLDER, fresh: bool = False) -> None:
    """Serve the demo on 127.0.0.1 until Ctrl-C. `fresh` starts from the first day again."""
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    demo = build(folder, port)
    app = compose(demo)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"
    )
    server = _Announcing(config, f"http://127.0.0.1:{port}/")
    try:
        server.run()
    finally:
        demo.house.close()
        demo.devstore.close()


class _Announcing(uvicorn.Server):
    """Says where the demo is once it really answers."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # uvicorn's own type is narrower
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            print(f"\n  Regulars demo: {self._address}\n  Ctrl-C stops it.\n", flush=True)  # noqa: T201  # for the person at the terminal


def build(folder: Path, port: int) -> Demo:
    """The demo in `folder`, to be served at `port`; its store answers there, too."""
    origin = f"http://127.0.0.1:{port}"
    settings = Settings.model_validate(
        {
            "DATABASE_URL": f"sqlite:///{folder.resolve()}/regulars.db",
            "SHOPIFY_API_KEY": "demo-api-key",
            "REGULARS_APP_URL": origin,
            "REGULARS_SHOPIFY_ORIGIN": f"{origin}{MOUNT}/{{shop}}",
            "SMTP_URL": "memory://",
            "REGULARS_MAIL_FROM": "hello@vinyl-and-verse.example",
            **_secrets(folder),
        }
    )
    clock = ShiftedClock(_read_shift(folder))
    house = build_house(settings, clock)
    migrate(house.stores)
    demo = Demo(folder=folder, settings=settings, clock=clock, house=house, worker=Worker(house.tools, clock))
    demo.devstore = create_devstore(
        DevstoreConfig(
            shop=SHOP,
            api_key=settings.shopify_api_key,
            api_secret=settings.shopify_api_secret,
            app_url=origin,
            base_url=f"{origin}{MOUNT}",
            clock=clock.now,
            webhook_url=f"{origin}/webhooks/shopify",
            database=folder / "devstore.db",
        ),
        demo,
    )
    return demo


def compose(demo: Demo) -> ASGIApp:
    """The app with the simulated store beside it, under `MOUNT`."""

    @asynccontextmanager
    async def beside(_: object) -> AsyncIterator[None]:
        demo.loop = asyncio.get_running_loop()
        demo.devstore.start()
        demo.worker.start()
        # The store answers only once this very server does, so the install waits in a thread of its own.
        threading.Thread(target=_install_when_up, args=[demo], daemon=True, name="install").start()
        yield
        await asyncio.to_thread(demo.worker.stop)
        await asyncio.to_thread(demo.devstore.stop)

    door = create_app(demo.house, mode="demo", demo_frame=f"{MOUNT}/frame", beside=beside)
    store = Starlette(routes=[Mount(MOUNT, demo.devstore)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_for_store = scope["type"] == "http" and scope["path"].startswith(MOUNT)
        await (store if is_for_store else door)(scope, receive, send)

    return app


def _install_when_up(demo: Demo) -> None:
    try:
        demo.install()
    except Exception:  # noqa: BLE001  # opening the admin tries the same again
        _log.exception("the demo store could not be connected; open the admin to try again")


def _entry(kept: outbox.KeptMail) -> MailboxEntry:
    parsed = message_from_bytes(kept.raw, policy=policy.default)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    return MailboxEntry(
        id=kept.effect_key,
        to=kept.recipient,
        subject=kept.subject,
        sent_at=kept.sent_at,
        html=html.get_content() if html else "",
        text=text.get_content() if text else "",
        headers=tuple((name, str(value)) for name, value in parsed.items()),
    )


def _secrets(folder: Path) -> dict[str, str]:
    """The demo's own keys, made once, so that a restart finds its tokens and links again."""
    path = folder / "keys.json"
    if not path.exists():
        keys = {
            "SHOPIFY_API_SECRET": secrets.token_hex(24),
            "REGULARS_SECRET_KEYS": secrets.token_urlsafe(32),
        }
        _write(path, keys)
    made: dict[str, str] = json.loads(path.read_text("utf-8"))
    return made


def _read_shift(folder: Path) -> timedelta:
    path = folder / "clock.json"
    return timedelta(seconds=json.loads(path.read_text("utf-8"))["shift"]) if path.exists() else timedelta(0)


def _write(path: Path, value: object) -> None:
    """Write whole or not at all: a kill in the middle leaves what was there before."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(value), "utf-8")
    fresh.replace(path)
