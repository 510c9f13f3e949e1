"""What is read of usage objects and of logged answers (`payload_usage`): counts, and what tells prices."""

import re
from typing import Any

import msgspec

from gatemeter.lenient.document import UNREADABLE, parse_json
from gatemeter.lenient.event_text import json_of
from gatemeter.lenient.read_paths import EMPTY_TEXT, Entries, Members, Node, length, members, presence, truth, value
from gatemeter.llm.modifiers import TOLD_BY, kind
from gatemeter.llm.payload_usage import MODEL_NAMES, USAGE_NAMES, WRAPPERS, may_hold_usage, text_of_line

_KINDS = frozenset({"modality", "ttl", "type", *TOLD_BY})
_NUMBER = re.compile(r"[\s0-9.eE+-]{1,64}", re.ASCII)
DEEPEST = 8
"""Nothing within more objects and lists than this is read (`provider_usage`)."""
_OPENINGS = (b"{", b"[")
_TEXT_OR_LIST = re.compile(rb':\s*"|\[|\n|\A"')
_CUT = "{"
_encode = msgspec.json.Encoder().encode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


def counts(raw: bytes) -> bytes:
    """A usage object, or a part of one: its names, its numbers, and those texts that are numbers or kinds of tokens."""
    return _counts(raw, "", 0) if _TEXT_OR_LIST.search(raw) is not None else raw


def _counts(raw: bytes, name: str, depth: int) -> bytes:
    if raw[:1] in _OPENINGS and depth > DEEPEST:
        return value(raw)
    if raw[:1] == b"{":
        members = _decode_members(raw).items()
        kept = (_encode(each) + b":" + _counts(bytes(member), each, depth + 1) for each, member in members)
        return b"{" + b",".join(kept) + b"}"
    if raw[:1] == b"[":
        return b"[" + b",".join(_counts(bytes(entry), name, depth + 1) for entry in _decode_entries(raw)) + b"]"
    if raw[:1] != b'"':
        return raw
    if name in _KINDS:
        return kind(raw)
    text: str = msgspec.json.decode(raw)
    return raw if _NUMBER.fullmatch(text) else EMPTY_TEXT


_GROUNDING = Members(
    {
        "webSearchQueries": length,
        "groundingChunks": Entries(Members({}, others=lambda _: presence)),
        "googleMapsWidgetContextToken": presence,
    }
)
_HOLDER: dict[str, Node] = {
    **dict.fromkeys(USAGE_NAMES, counts),
    **dict.fromkeys(MODEL_NAMES, value),
    **TOLD_BY,
    "meta": members(billed_units=counts, tokens=counts),
    "output": Entries(members("type", action=members("type"))),
    "candidates": Entries(members(groundingMetadata=_GROUNDING)),
    "trace": members(guardrail=truth),
}
_WRAPPER = Members({**_HOLDER, "body": Members(_HOLDER)})
_DOCUMENT = Members(
    {
        **dict.fromkeys(WRAPPERS, _WRAPPER),
        **_HOLDER,
        **dict.fromkeys(("type", "object"), value),
        **dict.fromkeys(("id", "custom_id"), truth),
    }
)
_DOCUMENTS = Entries(_DOCUMENT)


def slim_answer(raw: bytes) -> bytes:
    """What `read_payload` reads of an answer: the JSON text of one, or JSON whose value is such a text."""
    if raw[:1] == b"{":
        return _DOCUMENT.cut(raw)
    if raw[:1] == b"[":
        return _DOCUMENTS(raw)
    if raw[:1] != b'"':
        return raw
    return _encode(_slim_text(msgspec.json.decode(raw)))


def _slim_text(answer: str) -> str:
    parsed = parse_json(answer)
    if parsed is UNREADABLE:
        return _slim_stream(answer) if may_hold_usage(answer) else ""
    slim = _slim_document(answer, parsed)
    # Whether an answer is read at all is decided by words anywhere in it.
    if may_hold_usage(answer) and not may_hold_usage(slim) and slim.startswith("{"):
        return '{"usage":null' + ("," if slim != "{}" else "") + slim[1:]
    return slim


def _slim_stream(answer: str) -> str:
    lines = [text for line in answer.splitlines() if (text := text_of_line(line)).startswith("{")]
    read = [(text, parse_json(text)) for text in lines if may_hold_usage(text)]
    chunks = [_slim_document(text, parsed) for text, parsed in read if isinstance(parsed, dict)]
    is_cut = bool(lines) and parse_json(lines[-1]) is UNREADABLE
    return "".join(f"data: {chunk}\n" for chunk in (*chunks, *([_CUT] if is_cut else [])))


def _slim_document(text: str, parsed: Any) -> str:
    if not isinstance(parsed, dict | list):
        return ""
    cut = _DOCUMENT.cut if isinstance(parsed, dict) else _DOCUMENTS
    try:
        return cut(text.strip().encode()).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):  # text that only the lenient parser reads
        return cut(json_of(parsed)).decode()
