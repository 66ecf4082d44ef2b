"""What several commands need: settings, stores, instants, shops, and one way to print."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from plugin.clock import SystemClock
from plugin.commands.failure import CommandError
from plugin.core.keys import shop_domain, shop_id_of
from plugin.logs import set_up_logging
from plugin.settings import load_settings
from plugin.store import shops
from plugin.store.unit_of_work import Database
from plugin.wiring import House, Stores, build_house, open_stores, require_current_schema

Commands = Any
"""argparse keeps the type of its subparsers to itself."""


def add(
    commands: Commands, name: str, run: Any, *, what: str, example: str, **defaults: Any
) -> argparse.ArgumentParser:
    """One command with a one-line description and an example, which `--help` shows."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=f"example:  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, **defaults)
    return parser


@contextmanager
def stores() -> Iterator[Stores]:
    """Both databases at the current schema, for commands that need no more than that."""
    settings = load_settings()
    set_up_logging(settings.log)
    opened = open_stores(settings)
    try:
        require_current_schema(opened)
        yield opened
    finally:
        opened.close()


@contextmanager
def house() -> Iterator[House]:
    """The whole house, for commands that do the worker's work."""
    settings = load_settings()
    set_up_logging(settings.log)
    built = build_house(settings, SystemClock())
    try:
        require_current_schema(built.stores)
        yield built
    finally:
        built.close()


def now() -> datetime:
    return SystemClock().now()


def instant(text: str) -> datetime:
    """An ISO 8601 instant for argparse; one without a zone is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no instant; write it like 2026-11-21T09:00:00Z"
        ) from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def known_shop(database: Database, domain: str) -> int:
    """The id of a shop that was heard of. Raises `CommandError` naming those that were."""
    shop_id = shop_id_of(shop_domain(domain))
    with database.reading(shop_id) as unit:
        if shops.find(unit) is not None:
            return shop_id
    raise CommandError(f"{domain} is not known here; `regulars shop list` shows the shops that are")


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Columns as wide as they need to be; nothing but the header when there are no rows."""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]
    for line in [header, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
