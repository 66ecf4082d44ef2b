"""One module and one template per page; a page that is not in `PAGES` does not exist."""

from fastapi import APIRouter

PAGES: tuple[APIRouter, ...] = ()
