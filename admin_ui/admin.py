"""The admin as an application, to be mounted behind the web process's other routes."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from admin_ui.assets import Assets
from admin_ui.deps import AdminDeps, ShopUnreachableError
from admin_ui.embedding import BOUNCE_PATH, BounceRequiredError, bounce_page, to_bounce_page
from admin_ui.errors import AdminError, explain, explain_unreachable
from admin_ui.pages import PAGES
from admin_ui.screen import Screen
from admin_ui.shell import Shell


def create_admin(
    deps: AdminDeps, *, pages: Sequence[APIRouter] = PAGES, screen: Screen | None = None
) -> FastAPI:
    """Build the embedded admin; mount it last, at the root, since it answers every other path with a page.

    `pages` and `screen` are for tests that bring pages, templates or a pseudo-language of their own.
    """
    admin = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Shell, deps=deps)],
        exception_handlers={
            AdminError: explain,
            HTTPException: explain,
            RequestValidationError: explain,
            ShopUnreachableError: explain_unreachable,
            BounceRequiredError: to_bounce_page,
        },
    )
    shown = screen or Screen(deps, Assets())
    admin.state.deps = deps
    admin.state.screen = shown

    @admin.get("/static/{digest}/{name:path}")
    async def static(request: Request, digest: str, name: str) -> Response:
        answer = shown.assets.answer(request, digest, name)
        if answer is None:
            raise AdminError(404)
        return answer

    admin.add_api_route(BOUNCE_PATH, bounce_page, methods=["GET"], response_model=None)
    for router in pages:
        admin.include_router(router)
    return admin
