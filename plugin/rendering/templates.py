"""Finding and compiling templates.

A template is written with two sets of marks. `[[ ]]` and `[% %]` are settled once per language, when it is
compiled: the layout it extends, direction, fonts. `{{ }}` and `{% %}` are settled once per message.
"""

from datetime import UTC, datetime
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from plugin.rendering.catalogs import catalog
from plugin.rendering.localisation import Localisation
from plugin.rendering.plain_text import isolated

TEMPLATE_FOLDER = Path(__file__).parent.parent / "templates" / "email"

_FONTS = {
    "en": "Helvetica, Arial, sans-serif",
    "ar": "Tahoma, Arial, 'Segoe UI', sans-serif",
    "fa": "Tahoma, Arial, 'Segoe UI', sans-serif",
    "vi": "Arial, Roboto, Tahoma, sans-serif",
}
_LINE_HEIGHTS = {
    "en": "1.5",
    "ar": "1.7",
    "fa": "1.7",
    "vi": "1.6",
}  # Vietnamese marks stack and clip below 1.5


def composing_environment(folder: Path) -> jinja2.Environment:
    """Joins a template with its layout and parts; leaves the marks of a message alone."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - composes our own files; what a message brings is escaped when it is rendered
    )


def language_values(ways: Localisation) -> dict[str, str]:
    return {
        "language": ways.language,
        "dir": ways.direction,
        "start": ways.start,
        "end": ways.end,
        "fonts": _FONTS[ways.language],
        "line_height": _LINE_HEIGHTS[ways.language],
    }


def message_environment(ways: Localisation, *, is_html: bool) -> ImmutableSandboxedEnvironment:
    """The sandbox in which a message is written: no globals, no missing values, HTML escaped by itself.

    `optimized=False` because Jinja otherwise multiplies constants while compiling, without any bound.
    """
    environment = ImmutableSandboxedEnvironment(
        autoescape=is_html,
        undefined=jinja2.StrictUndefined,
        optimized=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.add_extension("jinja2.ext.i18n")
    words = catalog("mail", ways.language)
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    frame = _HtmlFrame(ways) if is_html else _TextFrame(ways)
    environment.filters = {
        "isolate": frame.as_it_comes,
        "ltr": frame.left_to_right,
        "money": lambda minor, currency: frame.as_it_comes(ways.money(minor, currency)),
        "number": lambda value: frame.left_to_right(ways.number(value)),
        "percent": lambda value: frame.left_to_right(ways.percent(value)),
        "day": lambda seconds, zone: frame.as_it_comes(ways.date(_instant(seconds), zone)),
    }
    return environment


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class _HtmlFrame:
    """Keeps a foreign run from pulling at its neighbours, by `dir` on a span: what mail programs keep."""

    def __init__(self, ways: Localisation) -> None:
        self._is_right_to_left = ways.is_right_to_left

    def as_it_comes(self, text: str) -> Markup:
        return Markup('<span dir="auto">{}</span>').format(text)

    def left_to_right(self, text: str) -> Markup:
        return Markup('<span dir="ltr">{}</span>').format(text) if self._is_right_to_left else escape(text)


class _TextFrame:
    """The same by isolate characters. Never around a link or a code: they would be copied along with it."""

    def __init__(self, ways: Localisation) -> None:
        self._is_right_to_left = ways.is_right_to_left

    def as_it_comes(self, text: str) -> str:
        return isolated(text, is_right_to_left=self._is_right_to_left)

    def left_to_right(self, text: str) -> str:
        return f"\u2066{text}\u2069" if self._is_right_to_left else text
