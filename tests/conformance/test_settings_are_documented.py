"""Every setting has its line in the reference and in .env.example, and every promised name exists."""

import re
from pathlib import Path

import pytest

from docs.generate import MEANINGS
from plugin.settings import REQUIRED_TO_SERVE, Settings, load_settings
from tests.conformance.sources import ROOT

NAMES = {str(field.alias) for field in Settings.model_fields.values()}
PROMISED = {
    "DATABASE_URL",
    "SHOPIFY_API_KEY",
    "SHOPIFY_API_SECRET",
    "SHOPIFY_API_SECRET_OLD",
    "SHOPIFY_API_VERSION",
    "REGULARS_APP_URL",
    "REGULARS_SECRET_KEYS",
    "REGULARS_SHOPIFY_ORIGIN",
    "SMTP_URL",
    "REGULARS_MAIL_FROM",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "REGULARS_BODIES_KEPT_DAYS",
    "REGULARS_LOG",
    "PORT",
    "HOST",
}
DEFAULTS = {
    "DATABASE_URL": "sqlite:///regulars.db",
    "SHOPIFY_API_VERSION": "2026-10",
    "REGULARS_SHOPIFY_ORIGIN": "https://{shop}",
    "REGULARS_BODIES_KEPT_DAYS": 14,
    "REGULARS_LOG": "json",
    "PORT": 8000,
    "HOST": "127.0.0.1",
}
EXAMPLE = ROOT / ".env.example"


def test_every_promised_name_exists_and_no_other() -> None:
    assert NAMES == PROMISED


def test_the_promised_defaults_are_the_defaults() -> None:
    built = {str(field.alias): field.default for field in Settings.model_fields.values()}
    assert {name: built[name] for name in DEFAULTS} == DEFAULTS


def test_every_setting_has_its_line_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert [name for name in NAMES if f"| `{name}` |" not in page] == []
    assert MEANINGS.keys() == NAMES


def test_every_setting_has_its_line_in_the_example() -> None:
    lines = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert sorted(lines) == sorted(NAMES)


def test_the_example_leaves_uncommented_exactly_what_serving_needs() -> None:
    lines = re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert sorted(lines) == sorted(REQUIRED_TO_SERVE)


def test_the_example_is_a_settings_file() -> None:
    assert load_settings({}, dotenv=EXAMPLE).smtp_url.startswith("smtp://")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9000\nHOST=0.0.0.0\n")
    read = load_settings({"PORT": "9001"}, dotenv=file)
    assert (read.port, read.host) == (9001, "0.0.0.0")  # noqa: S104  # a value, nothing listens


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "SECRET" in name or name == "SMTP_URL"))
def test_secrets_are_in_no_repr(name: str) -> None:
    built = Settings.model_validate({name: "a-value-that-nobody-may-see"})
    assert "nobody-may-see" not in repr(built)
