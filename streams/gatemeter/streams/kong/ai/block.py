"""The text of the `ai` member into an object."""

from typing import Any

from gatemeter.streams.loose_json.document import parse_json


def parse_ai(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw`, with numbers exact (`loose_json.document`).

    `{}` for an object, a list or a null without content: nothing was logged. None for what is no object or cannot be
    read. Never raises.
    """
    parsed = parse_json(raw)
    if isinstance(parsed, dict):
        return parsed
    return {} if parsed is None or parsed == [] else None
