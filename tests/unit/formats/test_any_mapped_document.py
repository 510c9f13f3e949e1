"""Whatever JSON says where a mapping or a format with code looks, reading it ends in a reading or a rejection."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import RejectedEvent
from gatemeter.formats import registry
from gatemeter.formats.field_mapping.model import FieldMapping
from gatemeter.formats.format import JsonFormat

SCALARS = st.sampled_from(
    [
        *(None, True, -1, 0, 7, 200, 401, 2**63, 10**400, Decimal("1.5"), Decimal("1E+999999999")),
        *(Decimal("1E-999999999"), Decimal("-1E+999999999"), Decimal("Infinity"), Decimal("NaN"), "", "-", "a", "75"),
        *("1e999999999", "-1e999999999", "9" * 5000, "\ud800", "2026-02-03T10:00:00Z", "03/Feb/2026:10:00:00 +0000"),
        *("hit", "success", "failure", 1_772_000_000, 1_772_000_000_123),
    ]
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
LITELLM = (
    *("litellm_call_id", "id", "call_type", "status", "cache_hit", "stream", "startTime", "endTime", "model"),
    *("completionStartTime", "custom_llm_provider", "response_cost", "saved_cache_cost", "end_user", "metadata"),
    *("error_information.error_code", "error_information.llm_provider", "hidden_params.litellm_overhead_time_ms"),
    *("metadata.usage_object", "metadata.usage_object.prompt_tokens", "metadata.user_api_key_hash"),
)
OTLP = (
    *("kong.request.id", "kong.request.started_at", "http.response.status_code", "http.request.size", "duration"),
    *("kong.latency.total", "response_code", "DownstreamStatus", "RequestMethod", "Duration", "http.server.duration"),
    *("gen_ai.request.model", "gen_ai.provider.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    *("gen_ai.usage.cost", "gen_ai.operation.name", "error.type", "gen_ai.usage.odd", "enduser.id"),
)


def format_named(name: str) -> JsonFormat:
    found = next(each for each in registry.FORMATS if each.name == name)
    assert isinstance(found, JsonFormat)
    return found


def placed(values: dict[str, Any]) -> dict[str, Any]:
    """An object with each value at its dotted path, unless another value stands in its way."""
    document: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        members: Any = document
        for parent in parents:
            members = members.setdefault(parent, {}) if isinstance(members, dict) else None
        if isinstance(members, dict):
            members[name] = value
    return document


def check(format_: JsonFormat, document: Any) -> None:
    for part in (None if format_.parts is None else format_.parts(document)) or [document]:
        try:
            event = format_.read(part, b"{}", [])
        except RejectedEvent:
            continue
        assert isinstance(event.started_at_ms, int)
        assert all(each is None or each >= 0 for each in (event.request_bytes, event.latency_request_ms))


def paths_of(mapping: FieldMapping) -> list[str]:
    """Everything that looks like a path in what the mapping says."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            list(map(collect, value.values()))
        elif isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and value[0]:
            found.append(value[0])
        elif isinstance(value, list | tuple):
            list(map(collect, value))

    collect(mapping.model_dump())
    return found


def mapped_formats() -> list[tuple[str, list[str]]]:
    readers: list[tuple[str, Any]] = [
        (each.name, getattr(each.read, "__self__", None)) for each in registry.FORMATS if isinstance(each, JsonFormat)
    ]
    return [(name, paths_of(reader.mapping)) for name, reader in readers if hasattr(reader, "mapping")]


@pytest.mark.parametrize(("name", "paths"), [*mapped_formats(), ("litellm", list(LITELLM))])
def test_any_value_at_any_path_is_read_or_rejected(name: str, paths: list[str]) -> None:
    format_ = format_named(name)
    check_any: Callable[[], None] = given(st.dictionaries(st.sampled_from(paths), VALUES, max_size=12))(
        lambda values: check(format_, placed(values))
    )
    check_any()


KINDS = st.sampled_from(["stringValue", "intValue", "doubleValue", "boolValue", "arrayValue", "kvlistValue", "odd"])
PAIRS = st.fixed_dictionaries({"key": st.sampled_from(OTLP) | VALUES, "value": st.dictionaries(KINDS, VALUES) | VALUES})
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "timeUnixNano": VALUES,
        "attributes": st.lists(PAIRS, max_size=8) | VALUES,
        "body": VALUES,
        "spanId": VALUES,
    },
)


def within(name: str, inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: st.lists(inner | VALUES, max_size=3) | VALUES, "resource": VALUES})


@given(within("resourceLogs", within("scopeLogs", within("logRecords", RECORDS))))
def test_any_request_of_records_is_read_or_rejected(document: Any) -> None:
    check(format_named("otlp"), document)
