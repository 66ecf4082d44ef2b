"""Commands about one person: why, export, forget."""

import argparse
import sys

from plugin.commands.failure import CommandError
from plugin.commands.shared import Commands, add, house, known_shop, now, print_json, stores
from plugin.core.events import CustomerErasureRequested, Person
from plugin.core.flows import FLOW_BY_ID
from plugin.pipeline.forget import export_customer, forget_customer
from plugin.queries.why import Reasoned, find_customer, why
from plugin.store import shops
from plugin.store.unit_of_work import Unit


def add_commands(commands: Commands) -> None:
    asking = add(
        commands,
        "why",
        _why,
        what="why this person got, or did not get, each message",
        example="regulars why lan@example.com --shop store.myshopify.com",
    )
    asking.add_argument("customer", metavar="CUSTOMER", help="an id or an email address")
    asking.add_argument("--shop", required=True, metavar="DOMAIN")
    asking.add_argument("--flow", choices=sorted(FLOW_BY_ID), metavar="FLOW")
    asking.add_argument("--json", action="store_true")
    for name, run, what in (
        ("export", _export, "everything that is known about a person"),
        ("forget", _forget, "erase a person"),
    ):
        family = commands.add_parser(name, help=what).add_subparsers(metavar="COMMAND", required=True)
        one = add(
            family,
            "customer",
            run,
            what=what,
            example=f"regulars {name} customer 12 --shop store.myshopify.com",
        )
        one.add_argument("customer", metavar="ID", help="an id or an email address")
        one.add_argument("--shop", required=True, metavar="DOMAIN")


def _why(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            found = why(unit, _customer(unit, options.customer), flow_id=options.flow)
    if options.json:
        print_json([reasoned.to_json() for reasoned in found])
        return
    for reasoned in found:
        sys.stdout.write("\n".join(_lines(reasoned)) + "\n")


def _lines(reasoned: Reasoned) -> list[str]:
    """What became of one trigger, step by step, for a terminal."""
    word = "entered" if reasoned.entered else "not entered"
    lines = [
        f"{reasoned.flow_id} {reasoned.trigger_key or '-'}: {word} ({reasoned.end_reason or reasoned.reason})"
    ]
    for step in reasoned.steps:
        line = f"  {step.step_id}: {step.outcome} ({step.reason})"
        if step.message is not None:
            when = f" {step.message.sent_at.isoformat(timespec='seconds')}" if step.message.sent_at else ""
            line += f" -> {step.message.state}{when} {step.message.reason}".rstrip()
        lines.append(line)
    return lines


def _export(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            found = export_customer(unit, _customer(unit, options.customer))
    print_json(found)


def _forget(options: argparse.Namespace) -> None:
    at = now()
    with house() as built:
        shop_id = known_shop(built.database, options.shop)
        with built.database.unit(shop_id) as unit:
            customer_id = _customer(unit, options.customer)
            request = CustomerErasureRequested(
                person=Person(shopify_id=customer_id), order_ids=(), occurred_at=at
            )
            forget_customer(unit, shops.get(unit), request, at)
        built.tools.eraser.finish(at)
    sys.stdout.write("forgotten\n")


def _customer(unit: Unit, text: str) -> int:
    customer_id = find_customer(unit, text)
    if customer_id is None:
        raise CommandError("no such customer in this shop; give an id or an email address")
    return customer_id
