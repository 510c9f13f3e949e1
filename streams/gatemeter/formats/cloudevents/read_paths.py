"""What is read of a CloudEvent: its attributes, and of `data` what tells of a request or of tokens.

Other members of `data` are kept where their names may count something that is billed.
"""

import msgspec

from gatemeter.formats.cloudevents.ambiguity import counts_something
from gatemeter.formats.cloudevents.kinds import REQUEST_FIELDS
from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS, TOKEN_FIELDS
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.read_paths import EMPTY_TEXT, Members, Node, members, object_only, presence, value, whole
from gatemeter.llm.modifiers import TOLD_BY
from gatemeter.llm.payload_paths import counts

_OF_REQUEST = (
    *("request_method", "method", "response_http_status", "http_status", "status_code", "status"),
    *("request_size_bytes", "response_size_bytes"),
    *("service_id", "service_name", "route_id", "route_name"),
)
_OF_CALL = (
    *TOKEN_FIELDS,
    *MODEL_FIELDS,
    *("provider", "type", "token_type", "cache_status", "ai_plugin_name", "ai_plugin_id"),
)
_encode = msgspec.json.Encoder().encode


def _other(path: str) -> Node | None:
    """Counts that no field of a known name tells."""
    if counts_something(path):
        return counts
    return object_only(Members({}, others=lambda name: _other(f"{path}.{name}")))


_DATA = Members(
    {
        **dict.fromkeys(REQUEST_FIELDS, presence),
        **TOLD_BY,
        **dict.fromkeys((*_OF_REQUEST, *_OF_CALL), value),
        "upstream_status": whole,
    },
    others=_other,
)


def _data(raw: bytes) -> bytes:
    """Of an object, or the JSON text of one, its members; of anything else that it is there."""
    if raw[:1] != b'"':
        return _DATA(raw)
    text: str = msgspec.json.decode(raw)
    if not isinstance(parse_json(text), dict):
        return EMPTY_TEXT
    return _encode(_DATA(text.strip().encode()).decode())


READ_PATHS = members(
    *("specversion", "type", "source", "id", "time", "subject"),
    data=_data,
    data_base64=presence,
    **dict.fromkeys(("request", "response", "session"), presence),
)
