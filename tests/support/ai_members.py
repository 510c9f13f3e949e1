"""The `ai` members in fixtures/kong/ai, one for each shape and version, composed by hand."""

from pathlib import Path
from typing import Any

from gatemeter.formats.kong.access_event import parse_ai

_FOLDER = Path(__file__).parents[1] / "fixtures" / "kong" / "ai"


def ai_text(name: str) -> str:
    """The member as it stands in a log line."""
    return (_FOLDER / f"{name}.json").read_text(encoding="utf-8").replace("\n", " ")


def ai_block(name: str) -> dict[str, Any]:
    """The member as a decoder has it."""
    block = parse_ai((_FOLDER / f"{name}.json").read_bytes())
    assert block
    return block
