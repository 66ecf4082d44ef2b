"""How fast a shop of a million customers is fitted and scored, beside the reference library's fit alone.

    .venv/bin/python -m benchmarks.models [--rounds 3] [--customers 1000000]

People buy for two years as MBG/NBD fitted to the CDNOW sample says (devstore/SOURCES.md), or four times as much in a
busier shop, and spend what somebody in the sample spent. Each side has a process of its own, and its best round
counts. The baseline is `lifetimes.BetaGeoFitter.fit` on the very same people; ours is everything that is computed in
a night: rhythm, spend, season, cut-offs, then every customer's scores and the dates of their next stages.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import default_rng

from benchmarks.a_shop import measured, peak_megabytes
from devstore.seed.cdnow import purchases
from plugin.core.lifecycle.crossings import crossings
from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.history import DAY_SECONDS, PurchaseHistory, history_of, joined
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.scores import score

TIMES_LIFETIMES = 5.0
MOST_MEGABYTES = 1_000
YEARS = 2
SHOPS = {
    "CDNOW": Rhythm(r=0.524843, alpha=6.183085, a=0.891359, b=1.614002),
    "busier": Rhythm(r=1.3, alpha=5.0, a=0.3, b=2.6),
}
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_MOST_DAYS = 400  # purchase days of one customer, so that the arrays of the drawing stay small
_AT_ONCE = 50_000


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--orders", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.side:
        side = ours if chosen.side == "ours" else theirs
        print(json.dumps(side(chosen.orders, chosen.rounds)))
        return 0
    print(f"models of {chosen.customers:,} customers, {YEARS} years")
    misses = 0
    for shop, rhythm in SHOPS.items():
        with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
            orders = Path(folder) / "orders.npz"
            draw(chosen.customers, rhythm, orders)
            results = {side: _in_its_own_process(side, orders, chosen.rounds) for side in ("theirs", "ours")}
        misses += report(shop, results["ours"], results["theirs"])
    return int(misses > 0)


def report(shop: str, mine: dict[str, float], baseline: dict[str, float]) -> int:
    ratio = baseline["fit"] / (mine["fit"] + mine["score"])
    print(f"  {shop}: {mine['orders']:,.0f} purchase days")
    print(
        f"    lifetimes fit  {baseline['fit']:6.2f} s ({baseline['fit by clock']:.2f} by the clock)"
        f"   peak {baseline['megabytes']:.0f} MB"
    )
    print(
        f"    our fit {mine['fit']:6.2f} s ({mine['fit by clock']:.2f})   scores and crossings {mine['score']:.2f} s"
        f" ({mine['score by clock']:.2f})   reading the orders {mine['read']:.2f} s"
    )
    print(
        f"    ratio {ratio:.1f}   target {TIMES_LIFETIMES}"
        f"   peak {mine['megabytes']:.0f} MB   target {MOST_MEGABYTES}"
    )
    return int(ratio < TIMES_LIFETIMES) + int(mine["megabytes"] > MOST_MEGABYTES)


def draw(customers: int, rhythm: Rhythm, path: Path) -> None:
    """Orders of that many people, some thousands in each array, as they are read from a database: by customer."""
    chance = default_rng(7)
    spent = np.array([purchase.cents for purchase in purchases()], np.int64)
    parts: dict[str, Any] = {}
    for first in range(0, customers, _AT_ONCE):
        who, at = _some_people(first, min(_AT_ONCE, customers - first), rhythm, chance)
        order = np.lexsort((at, who))
        parts[str(first)] = np.stack([who[order], at[order], chance.choice(spent, size=len(who))])
    np.savez(path, **parts)


def _some_people(
    first: int, count: int, rhythm: Rhythm, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    weeks = 52.0 * YEARS
    when = chance.uniform(0, weeks, count)
    rate = chance.gamma(rhythm.r, 1 / rhythm.alpha, count)
    drop_out = chance.beta(rhythm.a, rhythm.b, count)
    who = np.arange(first, first + count)
    people, moments = [], []
    for _ in range(_MOST_DAYS):
        people.append(who)
        moments.append(when)
        stays = chance.random(len(who)) >= drop_out
        when = when + chance.exponential(1, len(who)) / np.maximum(rate, 1e-9)
        goes_on = stays & (when < weeks)
        who, when, rate, drop_out = who[goes_on], when[goes_on], rate[goes_on], drop_out[goes_on]
        if not len(who):
            break
    began = NOW.timestamp() - weeks * 7 * DAY_SECONDS
    at = began + np.concatenate(moments) * 7 * DAY_SECONDS
    return np.concatenate(people) + 1, at.astype(np.int64)


def ours(path: Path, rounds: int) -> dict[str, float]:
    with measured() as reading:
        known = _history(path)
    figures = []
    for _ in range(rounds):
        with measured() as fitting:
            model = fit_shop(known, NOW)
        with measured() as scoring:
            scores = score(model, known, NOW)
            crossings(model, known)
        if len(scores) != len(known) or not np.all(np.isfinite(scores.clv_minor)):
            raise RuntimeError("not everyone was scored")
        del scores
        figures.append(
            {
                "fit": fitting.undisturbed,
                "fit by clock": fitting.seconds,
                "score": scoring.undisturbed,
                "score by clock": scoring.seconds,
            }
        )
    best = min(figures, key=lambda round_: round_["fit"] + round_["score"])
    return best | {
        "orders": float(known.days.sum()),
        "read": reading.undisturbed,
        "megabytes": peak_megabytes(),
    }


def theirs(path: Path, rounds: int) -> dict[str, float]:
    known = _history(path)
    today = int(NOW.timestamp()) // DAY_SECONDS
    x, t_x, age = known.days - 1, (known.last_day - known.first_day) / 7, (today - known.first_day) / 7
    warnings.simplefilter("ignore")
    from lifetimes import BetaGeoFitter  # noqa: PLC0415  # its memory is not ours

    efforts = []
    for _ in range(rounds):
        with measured() as fitting:
            BetaGeoFitter().fit(x, t_x, age)
        efforts.append(fitting)
    best = min(efforts, key=lambda effort: effort.undisturbed)
    return {"fit": best.undisturbed, "fit by clock": best.seconds, "megabytes": peak_megabytes()}


def _history(path: Path) -> PurchaseHistory:
    zone = ZoneInfo("America/New_York")
    with np.load(path) as parts:
        return joined([history_of(*parts[name], zone=zone) for name in parts.files])


def _in_its_own_process(side: str, orders: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.models", "--side", side, "--orders", str(orders)]
    command += ["--rounds", str(rounds)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(answer.splitlines()[-1])
    return figures


if __name__ == "__main__":
    sys.exit(main())
