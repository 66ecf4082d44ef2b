"""One verified visit: the shop, the person, the language, and how to answer them."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from admin_ui import i18n, names, reasons
from admin_ui.deps import AdminDeps, ShopContext
from admin_ui.formats import Formats
from admin_ui.screen import Screen
from plugin.store.unit_of_work import Unit

_NEVER_STORED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a page function gets: who is here, and the means to answer."""

    request: Request
    shop: ShopContext
    user_id: int
    now: datetime
    formats: Formats
    deps: AdminDeps
    screen: Screen

    @property
    def language(self) -> str:
        return self.formats.language

    @property
    def words(self) -> NullTranslations:
        """The catalogue, for sentences made in Python: `visit.words.gettext("…")`."""
        return self.screen.catalogue(self.language)

    @property
    def author(self) -> str:
        """Who stands behind a change, as the records name them."""
        return f"merchant:{self.user_id}"

    def reading(self) -> AbstractContextManager[Unit]:
        """A snapshot of this shop to read from."""
        return self.deps.reads.database.reading(self.shop.shop_id)

    def writing(self) -> AbstractContextManager[Unit]:
        """A transaction that changes this shop."""
        return self.deps.writes.database.unit(self.shop.shop_id)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole document (it extends `base.html`)."""
        return self._answer(template, status, {}, values)

    def fragment(
        self, template: str, *, status: int = 200, toast: str | None = None, **values: Any
    ) -> HTMLResponse:
        """A piece of a page for htmx; `toast` is shown by the admin once it has arrived."""
        headers = {"HX-Trigger": json.dumps({"toast": {"message": toast}})} if toast else {}
        return self._answer(template, status, headers, values)

    def reload(self) -> HTMLResponse:
        """Have the browser load the page afresh, for a change that touches all of it, such as its language."""
        return HTMLResponse("", headers={**_NEVER_STORED, "HX-Refresh": "true"})

    def _answer(
        self, template: str, status: int, headers: dict[str, str], values: dict[str, Any]
    ) -> HTMLResponse:
        shown = {
            "shop": self.shop,
            "here": self.request.url.path,
            "names": names,
            "sentence": reasons.sentence,
            **values,
        }
        body = self.screen.render(template, self.formats, **shown)
        return HTMLResponse(body, status, {**_NEVER_STORED, **headers})


def formats_of(request: Request, *, now: datetime, shop: ShopContext | None) -> Formats:
    """The language and formats of a request; without a shop, those of its headers."""
    wishes = (
        shop.language if shop else None,
        request.query_params.get("locale"),
        request.headers.get("accept-language"),
    )
    return Formats(
        language=i18n.choose_language(wishes),
        currency=shop.currency if shop else "USD",
        time_zone=shop.time_zone if shop else "UTC",
        now=now,
    )
