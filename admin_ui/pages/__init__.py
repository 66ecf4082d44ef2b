"""One module and one template per page; a page that is not in `PAGES` does not exist."""

from fastapi import APIRouter

from admin_ui.pages import (
    connection,
    customers,
    flows,
    home,
    insights,
    privacy,
    segment_builder,
    segments,
    settings,
    sharing,
)

PAGES: tuple[APIRouter, ...] = (
    home.router,
    customers.router,
    segment_builder.router,  # before segments: its “new” is no segment
    segments.router,
    sharing.router,
    flows.router,
    insights.router,
    settings.router,
    connection.router,
    privacy.router,
)
