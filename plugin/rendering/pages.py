"""The pages a customer sees: unsubscribing, their points, a link that does not work, an error.

Pure: values in, HTML out.
"""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from plugin.core.loyalty.accounts import PointsAccount
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


def points_page(
    account: PointsAccount, *, shop_name: str, currency: str, zone: str, locale: str | None
) -> str:
    """A customer's points, what they become and how they came about. `zone` is the shop's IANA time zone."""
    reward = account.next_reward
    return _page(
        "points.html",
        locale,
        shop=single_line(shop_name, MAX_SHOP_NAME),
        currency=currency,
        zone=zone,
        points=account.points,
        gets_mail=account.gets_mail,
        reward=reward and {"value": reward.value_minor, "missing": reward.points - account.points},
        rewards=[
            {
                "code": held.code,
                "value": held.value_minor,
                "currency": held.currency,
                "until": int(held.expires_at.timestamp()),
            }
            for held in account.rewards
        ],
        movements=[
            {"at": int(moved.at.timestamp()), "reason": moved.reason, "points": moved.points}
            for moved in account.movements
        ],
    )


def points_sign_in_page(*, shop_name: str, login_path: str, locale: str | None) -> str:
    """For a visitor whom the storefront does not know; `login_path` leads back here afterwards."""
    shop = single_line(shop_name, MAX_SHOP_NAME)
    return _page("points_sign_in.html", locale, shop=shop, login=login_path)


@cache
def page_security_policy() -> str:
    """The Content-Security-Policy these pages need: one known style, one form to ourselves, nothing else."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def _page(name: str, locale: str | None, **values: Any) -> str:
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
