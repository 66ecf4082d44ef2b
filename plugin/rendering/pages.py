"""The pages a customer sees: confirm, done, a link that does not work, and an error. Pure: values in, HTML out."""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from plugin.rendering.context import MAX_SHOP_NAME
from plugin.rendering.localisation import Localisation, localisation
from plugin.rendering.plain_text import single_line
from plugin.rendering.templates import message_environment

PAGE_FOLDER = Path(__file__).parent.parent / "templates" / "pages"


def unsubscribe_confirm_page(*, shop_name: str, locale: str | None) -> str:
    """Asks, and changes nothing. Its form posts to the address it was read from, as one-click does (RFC 8058)."""
    return _page("unsubscribe_confirm.html", locale, shop=single_line(shop_name, MAX_SHOP_NAME))


def unsubscribe_done_page(*, shop_name: str, locale: str | None) -> str:
    return _page("unsubscribe_done.html", locale, shop=single_line(shop_name, MAX_SHOP_NAME))


def invalid_link_page(*, locale: str | None) -> str:
    return _page("invalid_link.html", locale)


def error_page(*, reference: str, locale: str | None) -> str:
    """For a person, when something broke: what to do, and a reference id for whoever looks into it."""
    return _page("error.html", locale, reference=single_line(reference, 64))


@cache
def page_security_policy() -> str:
    """The Content-Security-Policy these pages need: one known style, one form to ourselves, nothing else."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def _page(name: str, locale: str | None, **values: str) -> str:
    ways = localisation(locale)
    template = _environment(ways).get_template(name)
    return template.render(language=ways.language, dir=ways.direction, **values)


@cache
def _environment(ways: Localisation) -> jinja2.Environment:
    environment = message_environment(ways, is_html=True)
    environment.loader = jinja2.FileSystemLoader(PAGE_FOLDER)
    environment.globals["style"] = Markup(_style())  # noqa: S704 - our own file
    return environment


@cache
def _style() -> str:
    return (PAGE_FOLDER / "page.css").read_text(encoding="utf-8").strip()
