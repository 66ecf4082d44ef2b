"""(flow, step, context, language) -> subject, HTML and text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import jinja2

from plugin.core.messages import Rendered
from plugin.rendering.context import MessageContext, template_values
from plugin.rendering.errors import IncompleteContextError, OversizedMessageError, UnknownTemplateError
from plugin.rendering.localisation import Localisation, localisation
from plugin.rendering.markup import html_template
from plugin.rendering.templates import (
    TEMPLATE_FOLDER,
    composing_environment,
    language_values,
    message_environment,
)

MAX_HTML = 100_000  # bytes; Gmail clips a message at 102 KB, unsubscribe link and all
MAX_TEXT = 50_000  # bytes

_EDGE = re.compile(r"[ \t]+$", re.MULTILINE)
_GAP = re.compile(r"\n{3,}")


class Renderer:
    """Writes messages from the templates in `folder`; safe to share between threads.

    Each template is compiled once per language and kept: compiling costs sixty times what writing does.
    """

    def __init__(self, folder: Path = TEMPLATE_FOLDER) -> None:
        self._folder = folder
        self._composing = composing_environment(folder)
        self._compiled: dict[tuple[str, str, Localisation], _Compiled] = {}

    def steps(self) -> list[tuple[str, str]]:
        """Every (flow, step) that has templates."""
        subjects = sorted(self._folder.glob("[!_]*/*/subject.txt"))
        return [(path.parent.parent.name, path.parent.name) for path in subjects]

    def render(self, flow: str, step: str, context: MessageContext, locale: str | None) -> Rendered:
        """Write one message. `locale` is any BCP 47 tag; `Rendered.locale` is the language it became.

        Raises a `RenderError`: `UnknownTemplateError`, `IncompleteSenderError`, `UnsafeLinkError`,
        `IncompleteContextError` or `OversizedMessageError`, each with a machine word in `reason`.
        """
        ways = localisation(locale)
        template = self._template(flow, step, ways)
        values = template_values(context)
        try:
            subject = " ".join(_written(template.subject, values, MAX_TEXT).split())
            with_subject = {**values, "subject": subject}
            html = _written(template.html, with_subject, MAX_HTML)
            text = _written(template.text, with_subject, MAX_TEXT)
        except jinja2.UndefinedError as error:
            raise IncompleteContextError(f"{flow}/{step}: {error.message}") from None
        return Rendered(subject=subject, html=html, text=_tidy(text), locale=ways.language)

    def _template(self, flow: str, step: str, ways: Localisation) -> "_Compiled":
        key = (flow, step, ways)
        if key not in self._compiled:
            self._compiled[key] = self._compile(f"{flow}/{step}", ways)
        return self._compiled[key]

    def _compile(self, place: str, ways: Localisation) -> "_Compiled":
        subject, mjml, text = (self._composed(f"{place}/{name}", ways) for name in _FILES)
        in_html = message_environment(ways, is_html=True)
        in_text = message_environment(ways, is_html=False)
        return _Compiled(
            subject=in_text.from_string(subject),
            html=in_html.from_string(html_template(mjml, ways)),
            text=in_text.from_string(text),
        )

    def _composed(self, name: str, ways: Localisation) -> str:
        try:
            return self._composing.get_template(name).render(language_values(ways))
        except jinja2.TemplateNotFound as error:
            raise UnknownTemplateError(f"there is no template {error.name}") from None


_FILES = ("subject.txt", "body.mjml", "body.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    subject: jinja2.Template
    html: jinja2.Template
    text: jinja2.Template


def _written(template: jinja2.Template, values: object, limit: int) -> str:
    return "".join(_bounded(template.generate(values), limit))


def _bounded(pieces: Iterable[str], limit: int) -> Iterable[str]:
    size = 0
    for piece in pieces:
        size += len(piece.encode())
        if size > limit:
            raise OversizedMessageError(f"the message grew past {limit} bytes")
        yield piece


def _tidy(text: str) -> str:
    return _GAP.sub("\n\n", _EDGE.sub("", text)).strip() + "\n"
