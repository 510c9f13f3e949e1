"""Whatever numbers an event holds, the accumulator takes what its reader accepts: no event may stop a worker."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.formats.decoders import Decoders
from gatemeter.metering.accumulator import RollupAccumulator
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.bookkeeping import COUNTED
from tests.support.positions import ANYWHERE
from tests.support.slim_corpus import RECORDED, TEXT_LINES, kong_event

INT64_MAX = 2**63 - 1
LARGEST = (INT64_MAX, 9 * 10**12, 10**12, 10**9)
PRICES = PriceTable("USD", [])
CLOUDFLARE: dict[str, Any] = {
    "id": "01J",
    "created_at": "2026-02-28T23:59:59Z",
    "provider": "openai",
    "model": "gpt-4o",
    "status_code": 200,
    "duration": 460,
    "tokens_in": 1000,
    "tokens_out": 300,
    "cost": 0.0055,
}
AZURE = {
    "time": "2026-01-01T00:00:00.007Z",
    "correlationId": "c",
    "DurationMs": 46,
    "properties": {"responseCode": 200, "responseSize": 1840, "requestSize": 312, "backendTime": 41},
}
NUMBER = re.compile(rb"(?<![\w.])\d+(?![\w.])")


def decoded(log_format: str, *lines: bytes) -> EventBatch:
    return Decoders(TimeRange()).decode(log_format, lines, ANYWHERE)


def accumulated(batch: EventBatch) -> dict[str, int]:
    """The sum of each count of the rows, by its name and that of the rollup."""
    found: dict[str, int] = {}
    for rows in chain(batch.requests.usage.values(), batch.others.usage.values()):
        accumulator = RollupAccumulator(rows.rollup, PRICES)
        accumulator.add(rows, COUNTED)
        keys, columns = accumulator.take_dirty()
        assert len(keys) == len(set(rows.keys))
        for name, values in zip(rows.rollup.measure_names(), columns, strict=True):
            if name in rows.rollup.sums:
                found[f"{rows.rollup.name}.{name}"] = sum(values)
    return found


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all numbers in `value`, also of those that are texts."""
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, name))
    elif (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isdigit()
    ):
        yield path


def replaced(document: Any, path: tuple[Any, ...], number: int) -> Any:
    copy = json.loads(json.dumps(document))
    *parents, name = path
    holder = copy
    for parent in parents:
        holder = holder[parent]
    holder[name] = str(number) if isinstance(holder[name], str) else number
    return copy


def largest_of_json(log_format: str, document: Any) -> bytes:
    """The text of `document` with the largest number at each place that its reader takes there."""
    for path in places(document):
        found = (replaced(document, path, number) for number in LARGEST)
        document = next((each for each in found if is_taken(log_format, json.dumps(each).encode())), document)
    return json.dumps(document).encode()


def largest_of_text(log_format: str, line: bytes) -> bytes:
    """The same of a line that is not JSON."""
    for match in reversed(list(NUMBER.finditer(line))):  # the places of those before it stay what they are
        found = (line[: match.start()] + b"%d" % number + line[match.end() :] for number in LARGEST)
        line = next((each for each in found if is_taken(log_format, each)), line)
    return line


def is_taken(log_format: str, line: bytes) -> bool:
    batch = decoded(log_format, line)
    return not batch.rejections and not batch.ignored_fields


EVENTS = [
    *((each.log_format, f"{each.log_format}-{each.name}", each.document) for each in RECORDED),
    ("cloudflare-ai-gateway", "cloudflare-ai-gateway", CLOUDFLARE),
    ("azure-apim", "azure-apim", AZURE),
]


@pytest.mark.parametrize(("log_format", "document"), [pytest.param(f, d, id=i) for f, i, d in EVENTS])
def test_largest_numbers_that_a_reader_takes_are_added_up(log_format: str, document: Any) -> None:
    check(log_format, largest_of_json(log_format, document))


@pytest.mark.parametrize(("log_format", "line"), TEXT_LINES)
def test_largest_numbers_of_a_line_of_text_are_added_up(log_format: str, line: bytes) -> None:
    check(log_format, largest_of_text(log_format, line))


def check(log_format: str, line: bytes) -> None:
    one, two = accumulated(decoded(log_format, line)), accumulated(decoded(log_format, line, line))
    assert two == {name: 2 * total for name, total in one.items()}


def kong_call(usage: dict[str, Any], response: Any = None) -> bytes:
    meta = {"provider_name": "openai", "request_model": "whisper-1", "request_mode": "oneshot"}
    call = {"usage": usage, "meta": meta, "payload": {"response": response}}
    return json.dumps(kong_event(ai={"proxy": call})).encode()


def test_tokens_that_no_call_has_are_ignored() -> None:
    line = json.dumps({**CLOUDFLARE, "tokens_in": INT64_MAX, "tokens_out": 1}).encode()
    batch = decoded("cloudflare-ai-gateway", line)
    assert batch.ignored_fields == 1
    sums = accumulated(batch)
    assert (sums["llm_usage_hourly.prompt_tokens"], sums["llm_usage_hourly.completion_tokens"]) == (0, 1)


@pytest.mark.parametrize("usage", [{"seconds": [10**12] * 9300}, {"seconds": [10**9] * 9300}])
def test_a_list_of_many_seconds_is_not_added_up(usage: dict[str, Any]) -> None:
    batch = decoded("kong-log", kong_call(usage))
    assert batch.ignored_fields >= 9299
    assert accumulated(batch)["llm_usage_hourly.audio_input_ms"] <= 10**12


def test_many_answers_of_one_call_are_added_up_within_64_bits() -> None:
    answer = {"type": "response.done", "response": {"usage": {"seconds": 10**9}}}
    sums = accumulated(decoded("kong-log", kong_call({}, [answer] * 9300)))
    assert sums["llm_usage_hourly.audio_input_ms"] == 9300 * 10**12
