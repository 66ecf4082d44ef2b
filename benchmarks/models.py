"""How fast a shop of a million customers is fitted and scored, beside the reference library's fit alone.

    .venv/bin/python -m benchmarks.models [--quick]

People buy as MBG/NBD fitted to the CDNOW sample says (devstore/SOURCES.md), for two years, and spend what somebody
in it spent. Each side has a process of its own: the baseline is `lifetimes.BetaGeoFitter.fit` on the very same people.
Ours is everything the app does in a night: rhythm, spend, season, cut-offs, then every customer's scores and crossings.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import default_rng

from benchmarks.a_shop import measured, peak_megabytes
from devstore.seed.cdnow import purchases
from plugin.core.lifecycle.crossings import crossings
from plugin.core.lifecycle.fit_shop import fit_shop
from plugin.core.lifecycle.history import DAY_SECONDS, PurchaseHistory, history_of
from plugin.core.lifecycle.rhythm import Rhythm
from plugin.core.lifecycle.scores import score

TIMES_LIFETIMES = 5.0
MOST_MEGABYTES = 1_000
YEARS = 2
CDNOW = Rhythm(r=0.524843, alpha=6.183085, a=0.891359, b=1.614002)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_MOST_DAYS = 400  # purchase days of one customer, so that the arrays of the drawing stay small
_AT_ONCE = 100_000


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100,000 customers instead of a million")
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("--orders", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.side:
        print(json.dumps(ours(chosen.orders) if chosen.side == "ours" else theirs(chosen.orders)))
        return 0
    customers = 100_000 if chosen.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        orders = Path(folder) / "orders.npz"
        draw(customers, orders)
        results = {side: _in_its_own_process(side, orders) for side in ("theirs", "ours")}
    return report(customers, results["ours"], results["theirs"])


def report(customers: int, mine: dict[str, float], baseline: dict[str, float]) -> int:
    ratio = baseline["fit"] / (mine["fit"] + mine["score"])
    print(f"models of {customers:,} customers with {mine['orders']:,.0f} purchase days in {YEARS} years")
    print(
        f"  lifetimes fit  {baseline['fit']:6.2f} s ({baseline['fit by clock']:.2f} by the clock)"
        f"   peak {baseline['megabytes']:.0f} MB"
    )
    print(
        f"  our fit {mine['fit']:6.2f} s ({mine['fit by clock']:.2f})   scores and crossings {mine['score']:.2f} s"
        f" ({mine['score by clock']:.2f})   reading the orders {mine['read']:.2f} s"
    )
    print(
        f"  ratio {ratio:.1f}   target {TIMES_LIFETIMES}"
        f"   peak {mine['megabytes']:.0f} MB   target {MOST_MEGABYTES}"
    )
    return int(ratio < TIMES_LIFETIMES) + int(mine["megabytes"] > MOST_MEGABYTES)


def draw(customers: int, path: Path) -> None:
    """Orders of that many people: whose, when, how much."""
    chance = default_rng(7)
    spent = np.array([purchase.cents for purchase in purchases()], np.int64)
    parts = [
        _some_people(first, min(_AT_ONCE, customers - first), chance)
        for first in range(0, customers, _AT_ONCE)
    ]
    who, at = (np.concatenate([part[column] for part in parts]) for column in (0, 1))
    np.savez(path, who=who, at=at, value=chance.choice(spent, size=len(who)))


def _some_people(first: int, count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    weeks = 52.0 * YEARS
    when = chance.uniform(0, weeks, count)
    rate = chance.gamma(CDNOW.r, 1 / CDNOW.alpha, count)
    drop_out = chance.beta(CDNOW.a, CDNOW.b, count)
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


def ours(path: Path) -> dict[str, float]:
    with measured() as reading:
        known = _history(path)
    with measured() as fitting:
        model = fit_shop(known, NOW)
    with measured() as scoring:
        scores = score(model, known, NOW)
        crossings(model, known)
    if len(scores) != len(known) or not np.all(np.isfinite(scores.clv_minor)):
        raise RuntimeError("not everyone was scored")
    return {
        "orders": float(known.days.sum()),
        "read": reading.undisturbed,
        "fit": fitting.undisturbed,
        "fit by clock": fitting.seconds,
        "score": scoring.undisturbed,
        "score by clock": scoring.seconds,
        "megabytes": peak_megabytes(),
    }


def theirs(path: Path) -> dict[str, float]:
    known = _history(path)
    today = int(NOW.timestamp()) // DAY_SECONDS
    x, t_x, age = known.days - 1, (known.last_day - known.first_day) / 7, (today - known.first_day) / 7
    warnings.simplefilter("ignore")
    from lifetimes import BetaGeoFitter  # noqa: PLC0415  # its memory is not ours

    with measured() as fitting:
        BetaGeoFitter().fit(x, t_x, age)
    return {"fit": fitting.undisturbed, "fit by clock": fitting.seconds, "megabytes": peak_megabytes()}


def _history(path: Path) -> PurchaseHistory:
    with np.load(path) as orders:
        return history_of(orders["who"], orders["at"], orders["value"], zone=ZoneInfo("America/New_York"))


def _in_its_own_process(side: str, orders: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.models", "--side", side, "--orders", str(orders)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(answer.splitlines()[-1])
    return figures


if __name__ == "__main__":
    sys.exit(main())
