"""What is read of a logged request to a model: what it asks for that is billed. See `llm_calls`, `price_modifiers`."""

import msgspec

from gatemeter.formats.kong.price_modifiers import asks_for_an_hour
from gatemeter.lenient.read_paths import EMPTY_TEXT, Entries, Members, members, presence, truth, value
from gatemeter.llm.modifiers import TOLD_BY
from gatemeter.llm.requested_tools import tool_members

_REQUEST = Members(
    {
        **TOLD_BY,
        "web_search_options": members("search_context_size"),
        "tools": Entries(Members({"type": value, **dict.fromkeys(tool_members(), presence)})),
        "search_parameters": truth,
    }
)
_FOR_AN_HOUR = b'"ttl":"1h"'
_encode = msgspec.json.Encoder().encode


def slim_request(raw: bytes) -> bytes | None:
    """The text of a request as JSON that is read as the whole one; nothing of what is not a text."""
    if raw[:1] != b'"':
        return None
    text: str = msgspec.json.decode(raw)
    try:
        slim = _REQUEST.cut(text.strip().encode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        slim = EMPTY_TEXT
    if asks_for_an_hour(text):
        slim = b"{" + _FOR_AN_HOUR + (b"," + slim[1:] if slim[:1] == b"{" and slim != b"{}" else b"}")
    return _encode(slim.decode())
