"""What the headers of an answer tell about the gateway that logged it: its version, and whether it streamed.

Kong names itself in `via` ("1.1 kong/3.15.0.4-enterprise-edition") where it proxied an answer, and in `server` where it
answered by itself (its `headers` setting can switch both off). No other header is read, and none is stored.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from gatemeter.llm.counting_rules import Version, parse_version

_KONG = re.compile(r"kong/(\d{1,4}(?:\.\d{1,4}){1,3})(?![\d.])", re.IGNORECASE)
_STREAMS = ("text/event-stream", "application/vnd.amazon.eventstream", "application/x-ndjson")
"""Content types of answers in chunks: of OpenAI's API and most others, of Bedrock, of Ollama."""

_Header = str | list[str] | None


class Gateway(NamedTuple):
    """`version` is four numbers, or empty where the event does not tell it; `is_stream` is None where it does not."""

    version: Version = ()
    is_stream: bool | None = None

    def has_streamed(self, request_mode: str) -> bool | None:
        """By the `request_mode` of a call (3.12 and later), else by the answer; None where neither tells."""
        return request_mode.lower() == "stream" if request_mode else self.is_stream


UNKNOWN_GATEWAY = Gateway()


class _Headers(msgspec.Struct, gc=False):
    via: _Header = None
    server: _Header = None
    content_type: _Header = msgspec.field(default=None, name="content-type")


_decode = msgspec.json.Decoder(_Headers).decode


def read_gateway(headers: msgspec.Raw) -> Gateway:
    """By the response headers (JSON text, or nothing), whose names Kong writes in lower case. Never raises."""
    if not headers:
        return UNKNOWN_GATEWAY
    try:
        found = _decode(headers)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return UNKNOWN_GATEWAY
    return _gateway(_text(found.via), _text(found.server), _text(found.content_type))


@lru_cache(maxsize=1024)
def _gateway(via: str, server: str, content_type: str) -> Gateway:
    # An answer that Kong proxied has the `server` of its upstream, which may be another Kong.
    versions = _KONG.findall(via) or _KONG.findall(server)
    kind = content_type.strip().lower()
    is_stream = kind.startswith(_STREAMS) if kind else None
    return Gateway(parse_version(versions[-1]) if versions else (), is_stream)


def _text(header: _Header) -> str:
    return " ".join(header) if isinstance(header, list) else header or ""
