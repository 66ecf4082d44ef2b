"""Writes the parts of docs/reference that the code already says: `python -m docs.generate`, or `--check`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; everything else is written by hand.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from admin_ui import names, segment_words
from admin_ui.reasons import REASONS
from plugin.cli import build_parser
from plugin.core.flows import FLOWS
from plugin.core.flows.base import Step
from plugin.core.loyalty.earning import _UNITS, earning_rule
from plugin.core.loyalty.rewards import rewards_for
from plugin.core.money import major_units
from plugin.core.segments.defaults import SEGMENTS
from plugin.core.segments.events import AT, FAMILIES
from plugin.core.segments.fields import FIELDS
from plugin.core.segments.shopify_words import ATTRIBUTES, BIRTHDAY, FUNCTIONS
from plugin.jobs import JOBS
from plugin.settings import REQUIRED_TO_SERVE, Settings
from plugin.shopify.scopes import NEEDED
from plugin.webhooks.topics import TOPICS

REFERENCE = Path(__file__).parent / "reference"
_PART = re.compile(r"(<!-- generated: ([a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)

MEANINGS = {
    "DATABASE_URL": "SQLAlchemy URL: a SQLite file, or PostgreSQL (`postgresql+psycopg://user:password@host/name`).",
    "SHOPIFY_API_KEY": "The app's client id.",
    "SHOPIFY_API_SECRET": "The app's client secret: verifies webhooks and ID tokens, buys access tokens.",
    "SHOPIFY_API_SECRET_OLD": "The former secret, while it is being rotated: what it signed still counts.",
    "SHOPIFY_API_VERSION": "The version of the Admin API that is spoken.",
    "REGULARS_APP_URL": "The public https address of this app; plain http only on this machine.",
    "REGULARS_SECRET_KEYS": "Comma-separated, newest first, 16 characters or more each: seal Shopify's tokens, "
    "sign links.",
    "REGULARS_SHOPIFY_ORIGIN": "Where a shop is reached. Anything but the default or a loopback address is refused.",
    "SMTP_URL": "`smtp://user:password@host:587` (STARTTLS required unless the host is this machine; "
    "`?starttls=never` turns it off where no password travels), `smtps://…`, or `memory://`, which keeps mail in the "
    "database.",
    "REGULARS_MAIL_FROM": "The address mail comes from; its display name is the shop's.",
    "REGULARS_BODIES_KEPT_DAYS": "How many days the raw body of an understood webhook is kept, to be understood again "
    "after a bug is found; 35 at most. What else is known of a delivery is kept for 35 days.",
    "STRIPE_SECRET_KEY": "Reserved for billing, which is not there yet. Read and not used.",
    "STRIPE_WEBHOOK_SECRET": "Reserved likewise.",
    "REGULARS_LOG": "`json` for machines or `text` for people; both go to stderr.",
    "PORT": "Where the web process listens.",
    "HOST": "On which address it listens.",
}


def settings() -> Iterator[str]:
    yield from _table("Name", "Default", "Needed to serve", "Meaning")
    for field in Settings.model_fields.values():
        name = str(field.alias)
        default = f"`{field.default}`" if field.default not in {"", None, ()} else "none"
        yield _row(f"`{name}`", default, "yes" if name in REQUIRED_TO_SERVE else "", MEANINGS[name])


def commands() -> Iterator[str]:
    for path, parser in leaves(build_parser()):
        shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001  # argparse offers no other way
        usage = " ".join([path, *(_usage(action) for action in shown if action.dest != "help")])
        yield f"### `{path}`\n"
        yield f"{parser.description}\n"
        yield f"```\n{usage}\n{(parser.epilog or '').strip()}\n```\n"


def leaves(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that does something, with its full name."""
    families = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]  # noqa: SLF001  # as above
    if not families:
        yield parser.prog, parser
    for family in families:
        for child in family.choices.values():
            yield from leaves(child)


def jobs() -> Iterator[str]:
    yield from _table("Job", "Every", "What it does")
    for job in JOBS:
        yield _row(f"`{job.name}`", _span(job.every), _first_line(job.run))


def topics() -> Iterator[str]:
    yield from _table("Topic", "Scope", "Understood by")
    for topic in TOPICS.values():
        scope = "compliance" if topic.is_compliance else f"`{topic.scope}`" if topic.scope else "none"
        module = topic.translate.__module__.replace(".", "/")
        yield _row(f"`{topic.name}`", scope, f"`{module}.py`")


def scopes() -> Iterator[str]:
    yield from _table("Scope", "Why")
    for scope, reason in NEEDED.items():
        yield _row(f"`{scope}`", reason)


def flows() -> Iterator[str]:
    for flow in FLOWS:
        yield f"### `{flow.id}`, version {flow.version}\n"
        yield f"{names.FLOW_TEXTS[flow.id]} {names.FLOW_TRIGGERS[flow.id]}\n"
        yield from _table("Step", "After the start", "What")
        for step in flow.steps:
            yield _row(f"`{step.id}`", _span(step.after) if step.after else "at once", _what(step))
        yield ""


def segments() -> Iterator[str]:
    yield from _table("Segment", "Id", "Who", "Definition")
    for segment in SEGMENTS:
        words = names.SEGMENTS[segment.id], f"`{segment.id}`", names.SEGMENT_TEXTS[segment.id]
        yield _row(*words, f"`{segment.text}`")


def fields() -> Iterator[str]:
    yield from _table("Field", "Type", "Meaning", "For example", "Closed choices")
    for field in FIELDS.values():
        choices = ", ".join(f"`{choice}`" for choice in field.choices)
        help_text = segment_words.HELPS[field.id]
        yield _row(f"`{field.id}`", field.type.value, help_text, f"`{field.example}`", choices)


def families() -> Iterator[str]:
    yield from _table("Act", "Part", "Type", "For example")
    for family in FAMILIES.values():
        for field in family.fields.values():
            part = "when" if field.id == AT else f"`{field.id}`"
            yield _row(f"`{family.id}`", part, field.type.value, f"`{field.example}`")


def shopify_words() -> Iterator[str]:
    yield from _table("Shopify", "Ours")
    for attribute in ATTRIBUTES:
        yield _row(f"`{attribute.name}`", f"`{attribute.field}`")
    for function in FUNCTIONS:
        parts = {**function.parameters, **function.measures}
        yield _row(f"`{function.name} MATCHES ({', '.join(parts)})`", f"`{function.family}(…)`")
    yield _row(f"`anniversary('{BIRTHDAY}')`", "`birthday today`, `birthday within next 30 days`")


def points() -> Iterator[str]:
    yield from _table("Currency", "One point for each", "Rewards")
    for currency in ("EUR", *sorted(_UNITS)):
        unit = earning_rule(currency).unit_minor
        rewards = ", ".join(
            f"{reward.points} points: {_money(reward.value_minor, currency)}"
            for reward in rewards_for(currency)
        )
        label = "EUR, USD and every other" if currency == "EUR" else currency
        yield _row(label, _money(unit, currency), rewards.replace(" EUR", " units"))


def reasons() -> Iterator[str]:
    yield from _table("Reason", "What it means")
    for code, sentence in sorted(REASONS.items()):
        yield _row(f"`{code}`", sentence)


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    part.__name__: part
    for part in (
        settings,
        commands,
        jobs,
        topics,
        scopes,
        flows,
        segments,
        fields,
        families,
        shopify_words,
        points,
        reasons,
    )
}


def generated(text: str) -> str:
    """`text` with every generated part written afresh."""

    def fill(found: re.Match[str]) -> str:
        body = "\n".join(PARTS[found[2]]()).rstrip("\n")
        return f"{found[1]}\n{body}\n\n{found[3]}"

    return _PART.sub(fill, text)


def behind() -> list[Path]:
    """The pages that no longer say what the code says."""
    pages = sorted(REFERENCE.glob("*.md"))
    return [page for page in pages if page.read_text("utf-8") != generated(page.read_text("utf-8"))]


def main() -> int:
    """Write the pages that are behind; with `--check` only name them and fail."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a page is behind")
    is_check = parser.parse_args().check
    late = behind()
    for page in late:
        sys.stdout.write(f"{page.name} {'is behind the code' if is_check else 'written'}\n")
        if not is_check:
            page.write_text(generated(page.read_text("utf-8")), "utf-8")
    return 1 if late and is_check else 0


def _table(*heads: str) -> Iterable[str]:
    return (_row(*heads), _row(*("---" for _ in heads)))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _usage(action: argparse.Action) -> str:
    word = str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return word
    option = action.option_strings[-1] + ("" if action.nargs == 0 else f" {word}")
    return option if action.required else f"[{option}]"


def _first_line(function: Callable[..., Any]) -> str:
    module = sys.modules[function.__module__]
    own = function.__doc__ or ""
    text = module.__doc__ if own.startswith("Returns") or not own else own
    return (text or "").strip().partition("\n")[0].partition("; returns")[0].rstrip(".") + "."


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size:
            count = f"{seconds / size:g}"
            return f"{count} {unit}{'' if count == '1' else 's'}"
    return f"{seconds * 1000:g} ms"


def _what(step: Step) -> str:
    kind = "creates the discount code" if step.kind.value == "issue_reward" else f"{step.channel} message"
    return f"{kind}: {names.STEPS[step.id]}"


def _money(minor: int, currency: str) -> str:
    return f"{major_units(minor, currency):,.0f} {currency}"


if __name__ == "__main__":
    sys.exit(main())
