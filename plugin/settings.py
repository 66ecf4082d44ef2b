"""The one reader of the environment. A wrong setting stops the start with one line that says what to do."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

SHOPIFY_ORIGIN = "https://{shop}"


class SettingsError(ValueError):
    """A setting is missing, unknown or wrong. The message names it and says what to do."""


class Settings(BaseModel):
    """Everything that differs between installations (docs/reference/settings.md)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: str = Field(default="sqlite:///regulars.db", alias="DATABASE_URL")
    shopify_api_key: str = Field(default="", alias="SHOPIFY_API_KEY")
    shopify_api_secret: str = Field(default="", alias="SHOPIFY_API_SECRET", repr=False)
    shopify_api_secret_old: str | None = Field(default=None, alias="SHOPIFY_API_SECRET_OLD", repr=False)
    shopify_api_version: str = Field(default="2026-10", alias="SHOPIFY_API_VERSION", pattern=r"^20\d\d-\d\d$")
    app_url: str = Field(default="", alias="REGULARS_APP_URL")
    secret_keys: tuple[str, ...] = Field(default=(), alias="REGULARS_SECRET_KEYS", repr=False)
    shopify_origin: str = Field(default=SHOPIFY_ORIGIN, alias="REGULARS_SHOPIFY_ORIGIN")
    smtp_url: str = Field(default="", alias="SMTP_URL", repr=False)
    mail_from: str = Field(default="", alias="REGULARS_MAIL_FROM")
    stripe_secret_key: str | None = Field(default=None, alias="STRIPE_SECRET_KEY", repr=False)
    stripe_webhook_secret: str | None = Field(default=None, alias="STRIPE_WEBHOOK_SECRET", repr=False)
    bodies_kept_days: int = Field(default=14, alias="REGULARS_BODIES_KEPT_DAYS", ge=1, le=35)
    log: Literal["json", "text"] = Field(default="json", alias="REGULARS_LOG")
    port: int = Field(default=8000, alias="PORT", ge=0, le=65535)
    host: str = Field(default="127.0.0.1", alias="HOST")

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(key.strip() for key in value.split(",") if key.strip())
        return value

    @field_validator("app_url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        is_local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if not parts.hostname or (parts.scheme != "https" and not (is_local and parts.scheme == "http")):
            raise ValueError("must be a public https address")
        return value.rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """True when no real shop is meant: demo and tests."""
        return self.shopify_origin != SHOPIFY_ORIGIN


REQUIRED_TO_SERVE = {
    "SHOPIFY_API_KEY": "copy it from your app's page in Shopify's Dev Dashboard",
    "SHOPIFY_API_SECRET": "copy it from your app's page in Shopify's Dev Dashboard",
    "REGULARS_APP_URL": "set it to the public https address of this app",
    "REGULARS_SECRET_KEYS": "make one with `openssl rand -base64 32`",
    "SMTP_URL": "such as smtp://user:password@mail.example.com:587, or memory:// to keep mail here",
    "REGULARS_MAIL_FROM": "the address that customers see, such as hello@example.com",
}


def load_settings(
    environ: Mapping[str, str] | None = None, *, dotenv: Path | None = Path(".env")
) -> Settings:
    """Settings from the environment, over those of `.env`. Raises `SettingsError` with one line."""
    from_file = dotenv_values(dotenv) if dotenv is not None and dotenv.exists() else {}
    from_process = os.environ if environ is None else environ
    merged = {**{k: v for k, v in from_file.items() if v is not None}, **from_process}
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    unknown = sorted(name for name in merged if name.startswith("REGULARS_") and name not in known)
    if unknown:
        raise SettingsError(
            f"unknown setting {unknown[0]}: remove it, or see docs/reference/settings.md for the right name"
        )
    try:
        return Settings.model_validate({name: merged[name] for name in known if merged.get(name)})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{name}: {first['msg']}") from None


def require_to_serve(settings: Settings) -> None:
    """Raise `SettingsError` naming the first setting without which the app cannot serve a shop."""
    by_alias = {field.alias: name for name, field in Settings.model_fields.items()}
    for alias, remedy in REQUIRED_TO_SERVE.items():
        if not getattr(settings, by_alias[alias]):
            raise SettingsError(f"{alias} is not set: {remedy}")
