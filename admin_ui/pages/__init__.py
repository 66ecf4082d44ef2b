"""One module and one template per page; a page that is not in `PAGES` does not exist."""

from fastapi import APIRouter

from admin_ui.pages import segments

PAGES: tuple[APIRouter, ...] = (segments.router,)
