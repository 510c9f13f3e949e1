"""`python -m benchmarks.bare_http_server PORT`: the collector's HTTP server with an application that only answers.

What it costs is what uvicorn and Starlette cost: the collector cannot cost less.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatemeter.httpserver.limits import LimitedProtocol


async def _answer(request: Request) -> Response:
    await request.body()
    return Response(b"{}", media_type="application/json")


if __name__ == "__main__":
    application = Starlette(routes=[Route("/", _answer, methods=["POST"])])
    uvicorn.run(
        application, port=int(sys.argv[1]), http=LimitedProtocol, access_log=False, log_level="error", lifespan="off"
    )
