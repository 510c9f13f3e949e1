"""Plain HTTP requests with the login of a URL."""

import base64
import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


def get(url: str, path: str, *, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of the answer to a GET, or a POST if there is a body; `_` in a header's name stands for `-`."""
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if parts.username:
        sent["Authorization"] = basic_login(url)
    with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=30)) as connection:
        connection.request("GET" if body is None else "POST", path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read()


def post_json(url: str, question: dict[str, Any]) -> dict[str, Any]:
    """What the API at `url` answers to a query; fails if it refuses."""
    status, body = get(url, "/api/v1/query", body=json.dumps(question).encode(), content_type="application/json")
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def basic_login(url: str) -> str:
    """The `Authorization` header for the login of `url`."""
    parts = urlsplit(url)
    return "Basic " + base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
