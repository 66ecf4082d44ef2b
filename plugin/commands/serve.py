"""Commands that run: demo, serve, web, worker, migrate."""

import argparse
import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn

from plugin.app import Lifespan, create_app
from plugin.commands.failure import CommandError
from plugin.commands.shared import Commands, add, house
from plugin.demo import DEFAULT_FOLDER, run_demo
from plugin.logs import set_up_logging
from plugin.settings import load_settings
from plugin.wiring import House, migrate, open_stores
from plugin.worker import Worker

DRAIN = 30  # seconds that requests under way may still take after SIGTERM


def add_commands(commands: Commands) -> None:
    demo = add(
        commands,
        "demo",
        _demo,
        what="run the demo: the app beside a simulated store with real sales history",
        example="regulars demo --port 8001 --fresh",
    )
    demo.add_argument("--port", type=int, default=None, help="default: PORT, or 8000")
    demo.add_argument("--fresh", action="store_true", help="forget what happened in the demo before")
    demo.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help=argparse.SUPPRESS)
    add(commands, "serve", _serve, what="web and worker in one process", example="regulars serve")
    add(
        commands,
        "web",
        _web,
        what="the web process alone; any number of them",
        example="PORT=8080 regulars web",
    )
    add(commands, "worker", _work, what="the worker alone; any number of them", example="regulars worker")
    add(
        commands,
        "migrate",
        _migrate,
        what="bring the database to the current schema",
        example="regulars migrate",
    )


def _demo(options: argparse.Namespace) -> None:
    set_up_logging("text")
    port = options.port if options.port is not None else load_settings(dotenv=None).port
    with _explained(port):
        run_demo(port=port, folder=options.folder, fresh=options.fresh)


def _serve(_: argparse.Namespace) -> None:
    with house() as built:
        worker = Worker(built.tools, built.clock)

        @asynccontextmanager
        async def beside(_app: object) -> AsyncIterator[None]:
            worker.start()
            yield
            await asyncio.to_thread(worker.stop)

        _listen(built, beside)


def _web(_: argparse.Namespace) -> None:
    with house() as built:
        _listen(built, None)


def _listen(built: House, beside: Lifespan | None) -> None:
    settings = built.settings
    with _explained(settings.port):
        uvicorn.run(
            # Shopify's own scripts come from its CDN; a shop on this machine has stand-ins instead.
            create_app(built, mode="demo" if settings.is_loopback else "shopify", beside=beside),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=DRAIN,
        )


@contextmanager
def _explained(port: int) -> Iterator[None]:
    """The server ends the process by itself when it cannot start; say so as every command does."""
    try:
        yield
    except SystemExit:
        raise CommandError(
            f"cannot serve on port {port}: the log above says why; if the port is taken, set another PORT"
        ) from None


def _work(_: argparse.Namespace) -> None:
    with house() as built:
        worker = Worker(built.tools, built.clock)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        worker.start()
        stop.wait()
        worker.stop()


def _migrate(_: argparse.Namespace) -> None:
    settings = load_settings()
    set_up_logging(settings.log)
    opened = open_stores(settings)
    try:
        migrate(opened)
    finally:
        opened.close()
