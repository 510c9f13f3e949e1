"""What is read of a CloudEvent: its attributes, and of `data` what tells of a request or of tokens.

Other members of `data` are kept where their names may count something that is billed.
"""

from collections.abc import Sequence

import msgspec

from gatemeter.formats.cloudevents.ambiguity import counts_something
from gatemeter.formats.cloudevents.kinds import REQUEST_FIELDS
from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS, TOKEN_FIELDS
from gatemeter.formats.slimming.further_paths import FurtherPath, with_further
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import EMPTY_TEXT, Members, Node, members, object_only, presence, value, whole
from gatemeter.llm.modifiers import TOLD_BY
from gatemeter.llm.payload_paths import DEEPEST, counts

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
_IN_DATA = "data"
_encode = msgspec.json.Encoder().encode


def _other(path: str, depth: int = 0) -> Node | None:
    """Counts that no field of a known name tells."""
    if counts_something(path):
        return counts
    if depth > DEEPEST:
        return None
    return object_only(Members({}, others=lambda name: _other(f"{path}.{name}", depth + 1)))


_DATA = Members(
    {
        **dict.fromkeys(REQUEST_FIELDS, presence),
        **TOLD_BY,
        **dict.fromkeys((*_OF_REQUEST, *_OF_CALL), value),
        "upstream_status": whole,
    },
    others=_other,
)


def _data(node: Node) -> Node:
    """Of an object, or the JSON text of one, what `node` keeps; of anything else that it is there."""

    def keep(raw: bytes) -> bytes | None:
        if raw[:1] != b'"':
            return node(raw)
        text: str = msgspec.json.decode(raw)
        if not isinstance(parse_json(text), dict):
            return EMPTY_TEXT
        return _encode((node(text.strip().encode()) or b"{}").decode())

    return keep


def read_paths(further: Sequence[FurtherPath]) -> Members:
    """See `JsonFormat`; further paths lead into `data` too, where that is text."""
    in_data = [each for each in further if each.path.steps[0][1] == _IN_DATA and each.path.steps[1:]]
    inside = [FurtherPath(Path(path.text, path.steps[1:]), node) for path, node in in_data]
    attributes = members(
        *("specversion", "type", "source", "id", "time", "subject"),
        data_base64=presence,
        **dict.fromkeys(("request", "response", "session"), presence),
        **{path.text: node for path, node in in_data},
    )
    attributes.named[_IN_DATA] = _data(with_further(_DATA, inside))
    return with_further(attributes, (each for each in further if each not in in_data))
