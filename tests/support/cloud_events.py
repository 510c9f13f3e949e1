"""Hand-composed CloudEvents: each file in fixtures/cloudevents states a fact, an event and what it must be read as."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from gatemeter.formats.cloudevents.event import read_cloud_event
from gatemeter.llm.call import LlmCall

FOLDER = Path(__file__).parents[1] / "fixtures" / "cloudevents"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def recorded(name: str) -> dict[str, Any]:
    """`fact`, `event` (numbers exact), `expected` (members that are not the default) and `ignored_fields`."""
    case: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(), parse_float=Decimal)
    return case


def call_of(event_type: str = "tokens", **data: Any) -> LlmCall:
    """The call that an event with `data`, by `openai/m` unless it says otherwise, is read as."""
    envelope = {"specversion": "1.0", "source": "gw", "id": "1", "type": event_type, "time": "2026-02-03T10:00:00Z"}
    (call,) = read_cloud_event({**envelope, "data": {"provider": "openai", "model": "m", **data}}, []).llm_calls
    return call


def reversed_keys(value: Any) -> Any:
    """The same JSON value with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(entry) for entry in value] if isinstance(value, list) else value
