"""Commands that look: status, shop list."""

import argparse
import sys

from plugin.commands.shared import Commands, add, print_json, print_table, stores
from plugin.queries.status import status
from plugin.store import shops


def add_commands(commands: Commands) -> None:
    showing = add(
        commands, "status", _status, what="counts by state, and what failed", example="regulars status --json"
    )
    showing.add_argument("--json", action="store_true")
    shop = commands.add_parser("shop", help="the shops").add_subparsers(metavar="COMMAND", required=True)
    listing = add(
        shop, "list", _list_shops, what="installed shops and their state", example="regulars shop list --json"
    )
    listing.add_argument("--json", action="store_true")


def _status(options: argparse.Namespace) -> None:
    with stores() as opened:
        found = status(opened.database, opened.inbox)
    if options.json:
        print_json(found)
        return
    for name, value in found.items():
        if isinstance(value, dict):
            counts = ", ".join(f"{count} {state}" for state, count in value.items())
            sys.stdout.write(f"{name}: {counts}\n")
        elif isinstance(value, list):
            for failure in value:
                sys.stdout.write(f"{name}: " + ", ".join(f"{k} {v}" for k, v in failure.items()) + "\n")
        else:
            sys.stdout.write(f"{name}: {'none' if value is None else value}\n")


def _list_shops(options: argparse.Namespace) -> None:
    with stores() as opened:
        found = shops.everyone(opened.database)
    if options.json:
        print_json(
            [
                {
                    "shop": shop.domain,
                    "id": str(shop.shop_id),
                    "state": shop.state,
                    "name": shop.name,
                    "currency": shop.currency,
                    "timezone": shop.timezone,
                    "installed_at": shop.installed_at,
                    "uninstalled_at": shop.uninstalled_at,
                }
                for shop in found
            ]
        )
        return
    rows = [
        [
            shop.domain,
            shop.state,
            shop.installed_at.isoformat(timespec="seconds") if shop.installed_at else "",
        ]
        for shop in found
    ]
    print_table(["shop", "state", "installed"], rows)
