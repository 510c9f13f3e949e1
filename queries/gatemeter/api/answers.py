"""Answers as JSON and as files, and whether a client has the same one already."""

import hashlib
import json
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from gatemeter.api.forms import Form
from gatemeter.api.header_lists import header_list

_KEPT_S = {
    # Numbers change with every event; a client may keep an answer, and asks whether it still holds.
    "cache-control": "private, no-cache",
    "vary": "accept, authorization, x-gatemeter-token",
    "x-content-type-options": "nosniff",
}


def json_answer(request: Request, document: Any, *, tag: str | None = None) -> Response:
    """`document` as JSON; `tag` says what makes the answer another one, None for all of it."""
    body = json.dumps(document, allow_nan=False).encode()
    return _answer(request, body, Form.JSON, etag_of(body, tag))


def file_answer(request: Request, body: bytes, form: Form, name: str, *, tag: str | None = None) -> Response:
    """`body`, to be saved as the file `name`; `tag` says what makes the answer another one, None for all of it."""
    answer = _answer(request, body, media_type_of(form), etag_of(body, tag))
    answer.headers["content-disposition"] = disposition(name, form)
    return answer


def file_headers(name: str, form: Form) -> dict[str, str]:
    """The headers of a file that is sent while it is made, so that nothing is known of it yet."""
    return {**_KEPT_S, "content-disposition": disposition(name, form)}


def media_type_of(form: Form) -> str:
    """The content type; texts are UTF-8."""
    return f"{form}; charset=utf-8" if form is Form.CSV else form.value


def disposition(name: str, form: Form) -> str:
    """Says that a browser saves the answer, and as what."""
    return f'attachment; filename="{name}.{form.file_ending}"'


def _answer(request: Request, body: bytes, media_type: str, etag: str) -> Response:
    headers = {**_KEPT_S, "etag": etag}
    if request.method in ("GET", "HEAD") and is_known(request.headers, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def etag_of(body: bytes, tag: str | None) -> str:
    """A weak one of `tag`, else a strong one of all bytes."""
    return f'"{_hash(body)}"' if tag is None else f'W/"{_hash(tag.encode())}"'


def is_known(headers: Headers, etag: str) -> bool:
    """Whether a client says that it has what `etag` names."""
    known = [each.removeprefix("W/") for each in header_list(headers, "if-none-match")]
    return "*" in known or etag.removeprefix("W/") in known


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
