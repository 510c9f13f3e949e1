"""Answers to requests that are refused: problem details (RFC 9457), short and without anything of the request."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec

from gatemeter.errors import GatemeterError

MEDIA_TYPE = "application/problem+json"


class ProblemError(GatemeterError):
    """A request is refused with `status`; `members` go into the answer; come again after `retry_after_s`."""

    def __init__(
        self,
        status: HTTPStatus,
        what: str,
        *,
        retry_after_s: float | None = None,
        allowed: Sequence[str] = (),
        members: Mapping[str, Any] = {},
    ) -> None:
        super().__init__(what)
        self.status = status
        self.retry_after_s = retry_after_s
        self.allowed = allowed
        self.members = members


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes = b""
    media_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def problem(error: ProblemError) -> Answer:
    """The answer to a request that was refused; after it the connection ends where the body may be unread."""
    document = {"title": error.status.phrase, "status": int(error.status), "detail": error.what, **error.members}
    headers = {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(math.ceil(error.retry_after_s))
    if error.status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="gatemeter", Basic realm="gatemeter"'
    if error.status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(error.allowed)
    return Answer(int(error.status), msgspec.json.encode(document), MEDIA_TYPE, headers)
