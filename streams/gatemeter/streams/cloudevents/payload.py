"""The `data` of a CloudEvent: an object, or the JSON text of one."""

from collections.abc import Mapping
from typing import Any

from gatemeter.streams.loose_json.document import parse_json
from gatemeter.streams.loose_json.fields import Fields


def read_data(document: Mapping[str, Any], left_out: list[str]) -> Fields:
    """The members of `data`; none where it is absent or of another shape. `data_base64` is never decoded."""
    if document.get("data_base64") is not None:
        left_out.append("data_base64")
    data = document.get("data")
    members = parse_json(data) if isinstance(data, str) else data
    if not isinstance(members, dict):
        if data is not None:
            left_out.append("data")
        members = {}
    return Fields(members, "data", left_out)
