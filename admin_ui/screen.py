"""Turning a template and values into a page, in the visit's language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin_ui import i18n, security
from admin_ui.assets import Assets
from admin_ui.deps import AdminDeps
from admin_ui.formats import Formats

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Screen:
    """Renders the admin's templates; one per application."""

    deps: AdminDeps
    assets: Assets
    folders: tuple[Path, ...] = (TEMPLATES,)
    catalogue: Callable[[str], NullTranslations] = i18n.translations

    def render(self, template: str, formats: Formats, **values: Any) -> str:
        """Fill `template`. Values come on top of the localised context and the shell's own names."""
        shell = {
            "mode": self.deps.mode,
            "api_key": self.deps.api_key,
            "app_bridge_url": security.APP_BRIDGE,
            "polaris_url": security.POLARIS,
            "static": self.assets.url,
            "here": "",
        }
        page = environment(formats.language, self.folders, self.catalogue).get_template(template)
        return page.render({**shell, **formats.context(), **values})


@cache
def environment(
    language: str, folders: tuple[Path, ...], catalogue: Callable[[str], NullTranslations]
) -> Environment:
    """The Jinja environment of one language; gettext escapes what it interpolates."""
    env = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(  # type: ignore[attr-defined]  # added by the i18n extension
        catalogue(language), newstyle=True
    )
    return env
