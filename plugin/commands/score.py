"""The command that learns: score."""

import argparse
import sys
from datetime import timedelta

from plugin.commands.failure import CommandError
from plugin.commands.shared import Commands, add, known_shop, now, print_json, stores
from plugin.pipeline.score import score_shop
from plugin.store import imports, models
from plugin.store.models import Walk

_DAY = timedelta(days=1)


def add_commands(commands: Commands) -> None:
    scoring = add(
        commands,
        "score",
        _score,
        what="learn from a shop's purchases again, and recompute its customers' stages and scores",
        example="regulars score --shop store.myshopify.com",
    )
    scoring.add_argument("--shop", required=True, metavar="DOMAIN")
    scoring.add_argument("--json", action="store_true")


def _score(options: argparse.Namespace) -> None:
    with stores() as opened:
        shop_id = known_shop(opened.database, options.shop)
        with opened.database.reading(shop_id) as unit:
            if imports.is_unfinished(unit):
                raise CommandError(
                    f"the history of {options.shop} is still being imported; scores come by themselves after it"
                )
        walk = score_shop(
            opened.database, shop_id, now(), progress=_progress if sys.stderr.isatty() else None
        )
        with opened.database.reading(shop_id) as unit:
            model = models.current(unit)
    if options.json:
        print_json(
            {
                "shop": options.shop,
                "number": walk.number,
                "fitted_at": walk.fitted_at,
                "maturity": model.maturity.name,
                "orders": model.orders,
                "weeks": model.weeks,
                "cycle_days": model.cycle / _DAY,
                "kept_because": model.kept_because,
                "walked": walk.walked,
                "changed": walk.changed,
            }
        )
        return
    sys.stdout.write(
        f"learnt from {model.orders} purchases in {model.weeks:.0f} weeks ({model.maturity.name}); "
        f"{walk.walked} customers scored, {walk.changed} of them changed\n"
    )


def _progress(walk: Walk) -> None:
    sys.stderr.write(f"\r{walk.walked} of {walk.people} customers ")
    if walk.ended_at is not None:
        sys.stderr.write("\n")
    sys.stderr.flush()
