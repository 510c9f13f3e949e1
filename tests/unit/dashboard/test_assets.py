"""What a browser is sent: how much, what of others, and under which policy."""

import asyncio
import gzip
import hashlib
import re
import tomllib

from starlette.applications import Starlette

from gatemeter.dashboard.assets import assets, page, version
from gatemeter.dashboard.routes import dashboard_routes
from tests.support.asgi import Answered, ask_application

MOST_BYTES = 100_000
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|\bstyle=|javascript:", re.IGNORECASE)


def get(path: str, **headers: str) -> Answered:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(ask_application(Starlette(routes=dashboard_routes()), "GET", path, b"", sent, ""))


def test_all_that_a_browser_loads_is_below_100_kb_compressed() -> None:
    loaded = [each for path, each in assets().items() if path.endswith((".js", ".css", ".svg"))]
    assert sum(len(each.gzipped) for each in (page(), *loaded)) < MOST_BYTES


def test_vendored_files_are_those_that_are_named() -> None:
    named = tomllib.loads(assets()["vendor/VENDORED.toml"].body.decode())["library"]
    hashes = {name: found for library in named for name, found in library["files"].items()}
    stored = {
        path.removeprefix("vendor/"): hashlib.sha256(each.body).hexdigest()
        for path, each in assets().items()
        if path.startswith("vendor/") and not path.endswith(".toml")
    }
    assert stored == hashes
    assert all(any(name.startswith("LICENSE") for name in library["files"]) for library in named)


def test_no_file_of_ours_needs_another_host_or_inline_code() -> None:
    own = {path: each.body.decode() for path, each in assets().items() if not path.startswith("vendor/")}
    own["index.html"] = page().body.decode()
    for path, text in own.items():
        assert not re.search(r"(?:src|href|url|from|import)\W{1,3}(?:https?:)?//", text), path
        assert not re.search(r"eval\(|innerHTML", text), path
    assert not _INLINE.search(own["index.html"])


def test_the_policy_allows_scripts_and_styles_of_the_server_alone() -> None:
    status, headers, body = get("/dashboard/overview")
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert (status, policy["default-src"], policy["frame-ancestors"]) == (200, "'none'", "'none'")
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert body == page().body


def test_files_are_kept_for_good_under_their_version_and_compressed() -> None:
    address = f"/dashboard/static/{version()}/main.js"
    _, headers, body = get(address, accept_encoding="gzip")
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "accept-encoding")
    assert gzip.decompress(body) == assets()["main.js"].body
    assert "immutable" in headers["cache-control"]
    assert get(address, if_none_match=f'"other", W/{headers["etag"]}')[0] == 304
    for refused in ("gzip;q=0", "br, gzip; q=0.0", "*;q=0", "identity", ""):
        assert "content-encoding" not in get(address, accept_encoding=refused)[1], refused
    assert get("/dashboard/static/older/main.js")[1]["cache-control"] == "no-cache"
    assert get(f"/dashboard/static/{version()}/../assets.py")[0] == 404
    assert get("/", host="example")[1]["location"] == "dashboard/overview"
