"""Settings: the language of this app, the postal address, quiet hours, the sender; and the way to their sub-pages."""

from datetime import time
from email.utils import parseaddr
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import Response

from admin_ui.embedding import Document, Fragment
from admin_ui.i18n import LANGUAGES
from admin_ui.visit import Visit
from plugin.pipeline.steer import InvalidSettingError, SettingValues, change_settings
from plugin.queries.privacy import requests
from plugin.store import shops

HALF_HOURS = tuple(time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 30))

router = APIRouter()


def _(message: str) -> str:
    """Mark for the catalogue; the language is known only when it is shown."""
    return message


_ERRORS = {
    "unknown_language": _("Choose one of the languages."),
    "too_long": _("Use at most 300 characters."),
    "control_characters": _("Remove the characters that cannot be printed."),
    "half_a_window": _("Choose both times, or none."),
    "not_a_time": _("Choose a time of the list."),
}


@router.get("/app/settings")
def settings(visit: Document) -> Response:
    with visit.reading() as unit:
        shop = shops.get(unit)
        asked = requests(unit)
    form = _form(shop)
    return visit.page(
        "settings.html",
        **form,
        **_choices(form),
        state=shop.state,
        installed_at=shop.installed_at,
        open_requests=sum(line.is_open for line in asked),
        sender=parseaddr(visit.deps.reads.mail_from)[1],  # under the shop's name, whatever name stands there
        answers_to=shop.email,
    )


@router.post("/app/settings")
def save(
    visit: Fragment,
    language: Annotated[str, Form(max_length=10)] = "",
    postal_address: Annotated[str, Form(max_length=2000)] = "",
    quiet_from: Annotated[str, Form(max_length=5)] = "",
    quiet_until: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    entered = {
        "language": language,
        "postal_address": postal_address,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
    }
    try:
        values = SettingValues(
            admin_language=language or None,
            postal_address=postal_address,
            quiet_from=_time("quiet_from", quiet_from),
            quiet_until=_time("quiet_until", quiet_until),
        )
        with visit.writing() as unit:
            change_settings(unit, values, now=visit.now, author=visit.author)
            shop = shops.get(unit)
    except InvalidSettingError as refusal:
        errors = {refusal.field: visit.words.gettext(_ERRORS[refusal.reason])}
        return _answer(visit, {**entered, "errors": errors}, status=422)
    if shop.admin_language != visit.shop.language:
        return visit.reload()
    return _answer(visit, _form(shop), toast=visit.words.gettext("Settings saved"))


def _form(shop: shops.Shop) -> dict[str, Any]:
    return {
        "language": shop.admin_language or "",
        "postal_address": shop.postal_address,
        "quiet_from": _text(shop.quiet_from),
        "quiet_until": _text(shop.quiet_until),
        "errors": {},
    }


def _answer(visit: Visit, values: dict[str, Any], *, status: int = 200, toast: str | None = None) -> Response:
    return visit.fragment("_settings_form.html", status=status, toast=toast, **_choices(values), **values)


def _choices(values: dict[str, Any]) -> dict[str, Any]:
    """A time that was set elsewhere stays among the choices."""
    times = {_text(each) for each in HALF_HOURS} | {values["quiet_from"], values["quiet_until"]}
    return {"languages": LANGUAGES, "half_hours": sorted(times - {""})}


def _text(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment is not None else ""


def _time(field: str, text: str) -> time | None:
    if not text:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InvalidSettingError(field, "not_a_time") from None
