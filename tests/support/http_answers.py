"""Plain HTTP requests with the login of a URL."""

import base64
from contextlib import closing
from http.client import HTTPConnection
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


def basic_login(url: str) -> str:
    """The `Authorization` header for the login of `url`."""
    parts = urlsplit(url)
    return "Basic " + base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
