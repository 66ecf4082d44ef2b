"""The command line. Every command answers with 0, or 1 and one clear line on stderr, or 2 on bad usage."""

import argparse
import logging
import sys
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from plugin.channels import InvalidSmtpUrlError
from plugin.commands import doctor, look, people, score, segments, serve, steer
from plugin.commands.failure import CommandError
from plugin.core.keys import InvalidShopDomainError
from plugin.core.sealing import WeakKeyError
from plugin.settings import SettingsError
from plugin.shopify.origin import ShopOriginError
from plugin.store.engine import UnsupportedDatabaseError
from plugin.store.schema import SchemaOutOfDateError

_log = logging.getLogger(__name__)

_EXPECTED = (
    CommandError,
    InvalidShopDomainError,
    InvalidSmtpUrlError,
    SchemaOutOfDateError,
    SettingsError,
    ShopOriginError,
    UnsupportedDatabaseError,
    WeakKeyError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except _EXPECTED as error:
        print(f"regulars: {error}", file=sys.stderr)
        return 1
    except OperationalError:
        # The driver's own words may hold the whole URL.
        print(
            "regulars: the database cannot be used: check DATABASE_URL, and that it is reachable, "
            "writable and not locked",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001  # the outermost edge: a person gets a line, the log gets the frames
        _log.exception("the command ended unexpectedly")
        print(
            f"regulars: this went wrong inside ({type(error).__name__}); the log has the place",
            file=sys.stderr,
        )
        return 1
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="regulars",
        description="Turns a Shopify store's buyers into regulars.",
        epilog="Settings come from the environment and .env: see docs/reference/settings.md",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for family in (serve, steer, score, look, doctor, people, segments):
        family.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
