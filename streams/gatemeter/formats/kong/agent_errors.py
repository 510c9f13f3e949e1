"""The error of an agent's call as a class and a code: `timeout`, `method_not_found:-32601`, `http:503`.

Errors quote whatever failed: arguments, addresses, credentials. So nothing of their text is kept. The class is one of
a fixed list, found by the code where it has a meaning of its own (JSON-RPC 2.0, MCP, A2A), else by words that errors
usually have; the code is a number within the ranges that protocols use.
"""

import re

from gatemeter.lenient.document import parse_json
from gatemeter.lenient.event_text import json_of
from gatemeter.lenient.fields import storable_text
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.read_paths import EMPTY_TEXT, value

ERROR = "error"
"""The class of an error that says nothing known."""

_SEARCHED_CHARACTERS = 200
_BY_CODE = {
    -32700: "parse_error",
    -32600: "invalid_request",
    -32601: "method_not_found",
    -32602: "invalid_params",
    -32603: "internal",
    401: "denied",
    403: "denied",
    404: "not_found",
    408: "timeout",
    429: "rate_limited",
    504: "timeout",
}
_BY_WORDS = (
    ("timeout", ("timeout", "timed out", "timed_out", "deadline")),
    ("rate_limited", ("rate limit", "rate_limit", "too many", "quota", "throttl")),
    (
        "denied",
        ("denied", "forbidden", "unauthorized", "unauthenticated", "permission", "not allowed"),
    ),
    ("not_cancelable", ("notcancel", "not cancel", "not_cancel")),
    ("method_not_found", ("method not found", "unknown method")),
    ("invalid_params", ("invalid params", "invalid param", "invalid argument")),
    ("parse_error", ("parse error", "malformed", "not json")),
    ("not_found", ("not found", "not_found", "notfound", "no such", "unknown tool", "does not exist")),
    ("cancelled", ("cancel", "abort")),
    ("connection", ("connect", "refused", "reset by", "unreachable", "broken pipe", "dns", "resolve")),
    ("invalid_request", ("invalid", "bad request", "required", "missing", "unsupported")),
    ("internal", ("internal", "exception", "panic", "crash")),
)
_CODE_IN_TEXT = re.compile(r"(?<![\w.-])(?:(-32[0-9]{3})|(?:http|status|code)[ :=]{1,3}([1-5][0-9]{2}))(?![\w.])")


def error_class(error: object) -> str:
    """The class, and with a colon the code if one is known; '' if the error is absent, false, 0 or empty."""
    if not error:
        return ""
    if isinstance(error, dict):
        members = [error.get(name) for name in ("message", "type", "code", "status")]
        text, code = " ".join(filter(None, map(_text, members))), _code(error.get("code"))
    else:
        text, code = _text(error), _code(error)
        if isinstance(error, str) and not error.strip():
            return ""
    code = _code_in(text) if code is None else code
    named = _BY_CODE.get(code) if code is not None else None
    name = named or _by_words(text) or ("http" if code is not None and code > 0 else ERROR)
    return name if code is None else f"{name}:{code}"


def slim_error(raw: bytes) -> bytes:
    """An error without its text that has the same class and code."""
    error = parse_json(raw)
    if not error:
        return value(raw)
    name, _, code = error_class(error).partition(":")
    if not name:
        return EMPTY_TEXT
    words = next((words[0] for known, words in _BY_WORDS if known == name), "")
    return json_of({"message": words, "code": int(code)} if code else {"message": words})


def _text(logged: object) -> str:
    """The beginning of a text, in lower case."""
    return (storable_text(logged) or "")[:_SEARCHED_CHARACTERS].lower() if isinstance(logged, str) else ""


def _code(logged: object) -> int | None:
    """A code of JSON-RPC or HTTP; other numbers could be anything."""
    number = exact_number(logged) if logged is not None else None
    if number is None or not (-32768 <= number <= -32000 or 100 <= number <= 599) or number != int(number):
        return None
    return int(number)


def _code_in(text: str) -> int | None:
    found = _CODE_IN_TEXT.search(text)
    return _code(found[1] or found[2]) if found else None


def _by_words(text: str) -> str:
    return next((name for name, words in _BY_WORDS if any(word in text for word in words)), "")
