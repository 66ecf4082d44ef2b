"""Commands about segments: how many a query finds, why a person is in one, and the list of them."""

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from plugin.commands.failure import CommandError
from plugin.commands.shared import Commands, add, known_shop, now, print_json, print_table, stores
from plugin.core.segments.conditions import All, Any_, Tree
from plugin.core.segments.errors import InvalidConditionError
from plugin.core.segments.explain import Why
from plugin.core.segments.parse import parse
from plugin.core.segments.print import to_text
from plugin.core.segments.resolve import resolve
from plugin.queries.segments_count import Count, count
from plugin.queries.segments_list import SegmentLine, segment_lines
from plugin.queries.segments_people import why
from plugin.queries.why import find_customer
from plugin.store import shops
from plugin.store.live_segments import shelf_of
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

_PATIENCE = timedelta(minutes=10)  # at a terminal the exact answer is worth the wait


def add_commands(commands: Commands) -> None:
    family = commands.add_parser("segment", help="who belongs together").add_subparsers(
        metavar="COMMAND", required=True
    )
    counting = add(
        family,
        "count",
        _count,
        what="how many customers a query finds, and how many of them can be mailed",
        example='regulars segment count "orders>=2" --shop store.myshopify.com',
    )
    counting.add_argument("query", metavar="QUERY")
    explaining = add(
        family,
        "explain",
        _explain,
        what="why a query finds this person, or does not, with the values as they are now",
        example='regulars segment explain "stage=at_risk" --customer 12 --shop store.myshopify.com',
    )
    explaining.add_argument("query", metavar="QUERY")
    explaining.add_argument("--customer", required=True, metavar="ID", help="an id or an email address")
    listing = add(
        family,
        "list",
        _list,
        what="every segment of a shop, and how many belong to it",
        example="regulars segment list --shop store.myshopify.com",
    )
    for command in (counting, explaining, listing):
        command.add_argument("--shop", required=True, metavar="DOMAIN")
        command.add_argument("--json", action="store_true")


def _count(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            shop = shops.get(unit)
            tree = _understood(unit, shop, options.query)
            found = count(
                unit.connection,
                shop_id,
                tree,
                now(),
                zone=shop.zone,
                monotonic=lambda: now().timestamp(),
                budget=_PATIENCE,
            )
    if options.json:
        print_json(_json(found))
        return
    about = "" if found.is_exact else f"about, {found.low} to {found.high}: "
    sys.stdout.write(
        f"{about}{found.customers} of {found.everyone} customers ({found.share:.1%}), "
        f"{found.mailable} can be mailed\n"
    )


def _explain(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            shop = shops.get(unit)
            tree = _understood(unit, shop, options.query)
            customer_id = find_customer(unit, options.customer)
            reasons = None if customer_id is None else why(unit, shop, tree, [customer_id], now())
    if not reasons:
        raise CommandError("no customer of this shop goes by that id or address")
    (found,) = reasons.values()
    if options.json:
        print_json(_reasons(found, shop.currency))
        return
    sys.stdout.write("in the segment\n" if found.held else "not in the segment\n")
    sys.stdout.write("\n".join(_lines(found, shop.currency, 1)) + "\n")


def _list(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            shop = shops.get(unit)
            found = segment_lines(unit, shop, now())
    if options.json:
        print_json([_line(each, shop.currency) for each in found])
        return
    rows = [
        [
            each.id,
            str(each.customers),
            f"{each.share:.1%}",
            str(each.mailable),
            "" if each.change is None else f"{each.change:+d}",
            each.state,
            _query(each, shop.currency),
        ]
        for each in found
    ]
    print_table(["segment", "customers", "share", "mailable", "30 days", "state", "query"], rows)


def _understood(unit: Unit, shop: Shop, query: str) -> Tree:
    """Raises `CommandError` with the place of what is wrong."""
    try:
        return resolve(parse(query, currency=shop.currency), shelf_of(unit, shop).understood)
    except InvalidConditionError as error:
        raise CommandError(str(error)) from None


def _lines(why: Why, currency: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    mark = "yes" if why.held else "no "
    if why.parts:
        word = {All: "all of", Any_: "one of"}.get(type(why.tree), "not")
        yield f"{indent}{mark} {word}"
        for part in why.parts:
            yield from _lines(part, currency, depth + 1)
    else:
        yield f"{indent}{mark} {to_text(why.tree, currency=currency)}   (is {_value(why.value)})"


def _value(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _reasons(why: Why, currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {"asks": to_text(why.tree, currency=currency), "holds": why.held}
    if why.parts:
        return {**found, "parts": [_reasons(part, currency) for part in why.parts]}
    return {**found, "value": sorted(why.value) if isinstance(why.value, frozenset) else why.value}


def _json(found: Count) -> dict[str, Any]:
    return {
        "customers": found.customers,
        "everyone": found.everyone,
        "share": round(found.share, 6),
        "mailable": found.mailable,
        "is_exact": found.is_exact,
        "low": found.low,
        "high": found.high,
    }


def _line(line: SegmentLine, currency: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.definition.name if line.definition else None,
        "query": _query(line, currency),
        "customers": line.customers,
        "share": round(line.share, 6),
        "mailable": line.mailable,
        "change_30_days": line.change,
        "used_in": list(line.used_in),
        "state": line.state,
        "since": line.since,
        "reason": line.reason,
    }


def _query(line: SegmentLine, currency: str) -> str:
    if line.definition is not None:
        return line.definition.query
    return to_text(line.tree, currency=currency) if line.tree is not None else ""
