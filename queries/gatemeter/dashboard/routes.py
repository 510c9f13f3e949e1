"""The addresses of the dashboard, and what a browser may do on its pages."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gatemeter.api.answers import is_known
from gatemeter.api.header_lists import weighted_list
from gatemeter.dashboard.assets import Asset, assets, page, version

_FIRST_PAGE = "dashboard/overview"
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
_HEADERS = {
    "content-security-policy": "; ".join(f"{name} {sources}" for name, sources in _POLICY.items()),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_ASK_AGAIN = "no-cache"
_KEPT = "public, max-age=31536000, immutable"


def dashboard_routes() -> list[Route]:
    """Routes for beside the API's: the pages hold no numbers, so they need no token; they ask `api/v1` for numbers."""
    return [
        Route("/", _redirect_to(_FIRST_PAGE)),
        Route("/dashboard", _redirect_to(_FIRST_PAGE)),
        Route("/dashboard/", _redirect_to("overview")),
        Route("/dashboard/{page}", _show_page),
        Route("/dashboard/static/{version}/{path:path}", _show_file),
    ]


def _redirect_to(address: str) -> Callable[[Request], Awaitable[Response]]:
    async def redirect(_request: Request) -> Response:
        return RedirectResponse(address, headers=_HEADERS)

    return redirect


async def _show_page(request: Request) -> Response:
    return _answer(request, page(), _ASK_AGAIN)


async def _show_file(request: Request) -> Response:
    found = assets().get(request.path_params["path"])
    if found is None:
        return Response("there is no such file", HTTPStatus.NOT_FOUND, _HEADERS, "text/plain")
    # A page that was loaded before an upgrade still asks by the old version: what it gets is not to be kept.
    return _answer(request, found, _KEPT if request.path_params["version"] == version() else _ASK_AGAIN)


def _answer(request: Request, asset: Asset, kept: str) -> Response:
    headers = {**_HEADERS, "etag": asset.etag, "cache-control": kept}
    if is_known(request.headers, asset.etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if _takes_gzip(request):
        return Response(asset.gzipped, headers={**headers, "content-encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)


def _takes_gzip(request: Request) -> bool:
    encodings = weighted_list(request.headers, "accept-encoding")
    return encodings.get("gzip", encodings.get("*", 0.0)) > 0
