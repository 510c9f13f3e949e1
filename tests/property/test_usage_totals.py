"""The totals of every rollup do not depend on the order, copies, framing and epochs of events."""

import json
import re
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.log import Log, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.pricing.book_files import book_from_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.rollups import ROLLUPS, Rollup
from tests.support.kong_events import STARTED_AT_MS
from tests.support.logs import chunk_of, flush_to

BOOK = """
currency = 'USD'
entries = [
  {provider = "openai", model = "a", prices = {input = 0.15, output = 0.6, cache_read = 0.075}},
  {provider = "openai", model = "no-cache-price", prices = {input = 1, output = 2}},
  {provider = "openai", model = "e", prices = {embedding = 0.02}},
]
"""
METERING = Metering(PriceTable.from_books([book_from_text(BOOK, "test")]))
LINEAGE = {"log", "partition", "epoch_first_offset", "version"}
MERGED_BY_MINIMUM, MERGED_BY_MAXIMUM = ("_min_ns", "_min_bytes"), ("_max_ns", "_max_bytes")

COUNTS = st.sampled_from([None, 0, 7, 40, 1000, 10**12])
COSTS = st.sampled_from([None, 0, 4.68e-05, 4.6800000000000006e-05, "0.000195", 1e-7, 12])


@st.composite
def llm_blocks(draw: st.DrawFn) -> dict[str, Any]:
    usage: dict[str, Any] = {"prompt_tokens": draw(COUNTS), "completion_tokens": draw(COUNTS), "cost": draw(COSTS)}
    usage["prompt_tokens_details"] = draw(st.sampled_from([{}, {"cached_tokens": 5}, {"audio_tokens": 3}]))
    model = draw(st.sampled_from(["a", "no-cache-price", "no-cache-price", "UNSPECIFIED"]))
    meta = {"provider_name": "openai", "response_model": model, "llm_latency": draw(st.integers(-1, 5000))}
    cache = draw(
        st.sampled_from([{}, {}, {"cache_status": "Hit", "embeddings_provider": "openai", "embeddings_model": "e"}])
    )
    return {"proxy": {"usage": usage, "meta": meta, "cache": cache}}


RPC = st.fixed_dictionaries(
    {"method": st.sampled_from(["tools/call", "initialize"]), "latency": st.integers(0, 99)},
    optional={"error": st.just("Invalid params"), "response_body_size": st.integers(0, 9999)},
)
AGENT_BLOCKS = st.builds(
    lambda calls, session: {"mcp": {"rpc": calls, "mcp_session_id": session}},
    st.lists(RPC, max_size=3),
    st.sampled_from(["s1", "s2"]),
)
BLOCKS = st.one_of(st.just({}), llm_blocks(), llm_blocks(), AGENT_BLOCKS)


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Requests with different ids, or without one, and sessions; no two are the same event."""
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 12))):
        started_at = STARTED_AT_MS + number + 3_600_000 * draw(st.sampled_from([0, 0, 0, 1]))
        consumer = {"id": draw(st.sampled_from(["c1", "c1", "c2"]))}
        if draw(st.integers(0, 9)) == 0:
            found.append({"started_at": started_at, "session": {"received": number}, "consumer": consumer})
            continue
        identity = draw(st.sampled_from([{"id": f"r{number}"}, {}]))
        response = {"status": draw(st.sampled_from([200, 200, 200, 429, None]))}
        ai = draw(BLOCKS)
        event = {"started_at": started_at, "request": identity, "response": response, "consumer": consumer, "ai": ai}
        found.append(event)
    return found


def counted(values: list[bytes], epoch_size: int) -> MemorySink:
    sink = MemorySink()
    log = Log("log", "log", LogKind.KAFKA, epoch_size)
    counter = PartitionCounter(log, 0, StartPosition(0, 0), METERING)
    counter.add(chunk_of(0, values))
    flush_to(counter, sink)
    return sink


def totals(sink: MemorySink, rollup: Rollup) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The measures of each key, all epochs added together."""
    found: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(dict)
    dimensions = [column.name for column in rollup.table.dimensions]
    for row in sink.rows(rollup.table):
        total = found[tuple(row[name] for name in dimensions)]
        for name, value in row.items():
            if name not in LINEAGE and name not in dimensions and not name.endswith("_buckets"):
                total[name] = merged(row, name, value, total.get(name))
    return dict(found)


def merged(row: dict[str, Any], name: str, value: Any, before: Any) -> Any:
    if name.endswith("_bucket_counts"):
        sketch: dict[int, int] = dict(before or {})
        for bucket, count in zip(row[name.removesuffix("_bucket_counts") + "_buckets"], value, strict=True):
            sketch[bucket] = sketch.get(bucket, 0) + count
        return sketch
    if name.endswith(MERGED_BY_MINIMUM + MERGED_BY_MAXIMUM):
        measured = row[re.sub("(min|max)_[a-z]+$", "count", name)] > 0
        values = [each for each in (before, value if measured else None) if each is not None]
        return (min if name.endswith(MERGED_BY_MINIMUM) else max)(values, default=None)
    if isinstance(value, list):
        return sorted({*(before or []), *value})
    if isinstance(value, str):
        return value if before is None else "".join(sorted({before, value}))
    return value + (before or 0)


def text(document: Any, *, spaced: bool) -> bytes:
    return json.dumps(document, indent=2 if spaced else None, separators=None if spaced else (",", ":")).encode()


@st.composite
def framings(draw: st.DrawFn, found: list[dict[str, Any]]) -> list[bytes]:
    """The events in another order, some more than once, in frames, arrays and single messages, with white space."""
    repeated = found + draw(st.lists(st.sampled_from(found), max_size=4))
    shuffled = draw(st.permutations(repeated))
    values: list[bytes] = []
    while shuffled:
        size = draw(st.integers(1, len(shuffled)))
        part, shuffled = shuffled[:size], shuffled[size:]
        form = draw(st.sampled_from(["lines", "array", "spaced array", "single"]))
        if form == "lines":
            values.append(b"\n".join(text(event, spaced=False) for event in part))
        elif form == "single":
            values += [text(event, spaced=draw(st.booleans())) for event in part]
        else:
            values.append(text(part, spaced=form == "spaced array"))
    return values


@given(st.data())
def test_order_copies_and_frames_change_no_total(data: st.DataObject) -> None:
    found = data.draw(events())
    plain = counted([text(event, spaced=False) for event in found], 1000)
    other = counted(data.draw(framings(found)), 1000)
    for rollup in ROLLUPS:
        assert totals(other, rollup) == totals(plain, rollup), rollup.name


@given(events(), st.integers(1, 5))
def test_the_epoch_size_changes_no_total(found: list[dict[str, Any]], epoch_size: int) -> None:
    values = [text(event, spaced=False) for event in found]
    small, large = counted(values, epoch_size), counted(values, 1000)
    for rollup in ROLLUPS:
        assert totals(small, rollup) == totals(large, rollup), rollup.name
