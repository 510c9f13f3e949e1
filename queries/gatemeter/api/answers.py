"""Answers as JSON and CSV, and whether a client has the same one already."""

import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from gatemeter.httpserver.problem import ProblemError
from gatemeter.output.records import OutputFormat, Record, write_records

JSON = "application/json"
CSV = "text/csv"
_WEIGHT = re.compile(r"[01](?:\.\d{0,3})?", re.ASCII)
_RANGES = {JSON: (JSON, "application/*", "*/*"), CSV: (CSV, "text/*", "*/*")}
"""What accepts each, the most special range first."""
_KEPT_S = {
    # Numbers change with every event; a client may keep an answer, and asks whether it still holds.
    "cache-control": "private, no-cache",
    "vary": "accept, authorization, x-gatemeter-token",
    "x-content-type-options": "nosniff",
}


def wants_csv(request: Request, *, asked: bool | None = None) -> bool:
    """Whether the answer is CSV: what `asked` says, else what Accept prefers; JSON where both are as good.

    Raises ProblemError (406) if Accept takes neither.
    """
    if asked is not None:
        return asked
    accepted = request.headers.get("accept", "*/*") or "*/*"
    found = dict(_ranges(accepted))
    weights = {
        media_type: next((found[each] for each in ranges if each in found), 0.0)
        for media_type, ranges in _RANGES.items()
    }
    if not any(weights.values()):
        raise ProblemError(HTTPStatus.NOT_ACCEPTABLE, f"the answer is {JSON} or {CSV}")
    return weights[CSV] > weights[JSON]


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    """The ranges of media types that a header accepts, with their weights; one that is not a number counts nothing."""
    for part in accepted.lower().split(","):
        media_range, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each.partition("=")[2].strip() for each in parameters if _names_weight(each)), "1")
        yield media_range, min(1.0, float(weight)) if _WEIGHT.fullmatch(weight) else 0.0


def _names_weight(parameter: str) -> bool:
    return parameter.partition("=")[0].strip() == "q"


def json_answer(request: Request, document: Any, *, tag: str | None = None) -> Response:
    """`document` as JSON; `tag` says what makes the answer another one, None for all of it."""
    body = json.dumps(document, allow_nan=False).encode()
    return _answer(request, body, JSON, f'W/"{_hash(tag.encode())}"' if tag is not None else f'"{_hash(body)}"')


def csv_answer(request: Request, rows: Sequence[Record], columns: Sequence[str], name: str) -> Response:
    """`rows` as CSV with a header line, to be saved as the file `name`."""
    text = io.StringIO()
    write_records(rows, columns, OutputFormat.CSV, text)
    body = text.getvalue().encode("utf-8", "backslashreplace")
    answer = _answer(request, body, f"{CSV}; charset=utf-8", f'"{_hash(body)}"')
    answer.headers["content-disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _answer(request: Request, body: bytes, media_type: str, etag: str) -> Response:
    headers = {**_KEPT_S, "etag": etag}
    if request.method in ("GET", "HEAD") and _is_known(request.headers, etag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _is_known(headers: Headers, etag: str) -> bool:
    known = [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]
    return "*" in known or etag.removeprefix("W/") in known


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
