"""How many names a client can make up: they are bounded in number and in length, and nothing but names is lost."""

import json
from collections.abc import Iterable, Sequence

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering import folded_costs, key_slots
from gatemeter.metering.key_slots import LONGEST_NAME, BoundedKeys, KeySlots, bounded_name
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.reprice import Repricing
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, Table
from gatemeter.schema.rollups import AGENTIC_USAGE_ROLLUP
from gatemeter.schema.usage import OTHER_NAMES
from tests.support.kong_events import STARTED_AT_MS, event_text
from tests.support.logs import FROM_THE_START, chunk_of, flush_to, kafka_log, without_version
from tests.support.price_books import table

BOOK = """
entries = [
  {provider = "p", model = "cheap", prices = {input = 1, output = 2}},
  {provider = "p", model = "dear", prices = {input = 300, output = 400, per_call = 1}},
]
"""
METERING = Metering(table(BOOK))
HOUR_MS = 3_600_000


@pytest.fixture
def room_for_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MOST_KEYS", 3)


def llm_call(number: int, model: str, consumer: str = "a", hour: int = 0, method: str = "GET") -> bytes:
    usage = {"prompt_tokens": 100 + number, "completion_tokens": 10, "total_tokens": 110 + number, "cost": 0.5}
    ai = {"proxy": {"usage": usage, "meta": {"provider_name": "p", "request_model": model, "request_mode": "oneshot"}}}
    return event_text(
        event_id=f'"{consumer}-{number}-{hour}"',
        started_at=STARTED_AT_MS + hour * HOUR_MS,
        method=f'"{method}"',
        extra=f'"consumer":{{"id":"{consumer}"}},"ai":{json.dumps(ai)}',
    )


def metering_event(number: int, model: str) -> bytes:
    """A call that is reported apart from its request, and so is another kind of event."""
    data = {"type": "request", "provider": "p", "model": model, "tokens": 9, "http_status": 200}
    event = {"specversion": "1.0", "source": "gw", "id": f"l-{number}", "type": "kong.llm_request"}
    return json.dumps({**event, "subject": "consumer:a", "time": "2026-02-03T10:00:00Z", "data": data}).encode()


def metered(events: Sequence[bytes], chunk_sizes: Iterable[int] = (), metering: Metering = METERING) -> MemorySink:
    """The rows of `events`, counted and flushed in chunks of these sizes, the rest in one."""
    sink, counter = MemorySink(), PartitionCounter(kafka_log(1000), 0, FROM_THE_START, metering)
    for size in (*chunk_sizes, len(events)):
        first = counter.next_offset
        counter.add(chunk_of(first, events[first : first + size]))
        flush_to(counter, sink)
    return sink


def names(sink: MemorySink, rollup: Table, column: str) -> dict[str, int]:
    counts = {API_USAGE.name: "requests", LLM_USAGE.name: "calls", AGENTIC_USAGE.name: "calls"}
    found: dict[str, int] = {}
    for row in sink.rows(rollup):
        found[row[column]] = found.get(row[column], 0) + row[counts[rollup.name]]
    return found


@pytest.mark.usefixtures("room_for_three")
def test_names_beyond_the_limit_share_one_row() -> None:
    events = [llm_call(n, f"m{n}") for n in range(10)] + [llm_call(10, "m1")]
    sink = metered(events)
    assert names(sink, LLM_USAGE, "request_model") == {"m0": 1, "m1": 2, "m2": 1, OTHER_NAMES: 7}
    assert sum(row["total_tokens"] for row in sink.rows(LLM_USAGE)) == sum(110 + n for n in range(11))


@pytest.mark.usefixtures("room_for_three")
def test_each_consumer_and_hour_has_room_of_its_own() -> None:
    crowd = [llm_call(n, f"m{n}") for n in range(10)]
    others = [llm_call(0, "quiet", consumer="b"), llm_call(0, "later", hour=1)]
    sink = metered([*crowd, *others])
    assert {"quiet", "later"} < names(sink, LLM_USAGE, "request_model").keys()
    assert {row["consumer_id"] for row in sink.rows(LLM_USAGE)} == {"a", "b"}


@pytest.mark.usefixtures("room_for_three")
def test_no_consumer_is_ever_folded() -> None:
    sink = metered([llm_call(0, "m", consumer=f"c{n}") for n in range(50)])
    assert len(names(sink, API_USAGE, "consumer_id")) == 50
    assert names(sink, LLM_USAGE, "request_model") == {"m": 50}


@pytest.mark.usefixtures("room_for_three")
def test_methods_beyond_the_limit_keep_their_status() -> None:
    sink = metered([llm_call(n, "m", method=f"M{n}") for n in range(9)])
    assert names(sink, API_USAGE, "method") == {"M0": 1, "M1": 1, "M2": 1, OTHER_NAMES: 6}
    assert {row["status"] for row in sink.rows(API_USAGE)} == {200}


@pytest.mark.usefixtures("room_for_three")
def test_a_folded_call_costs_what_its_own_model_costs() -> None:
    events = [llm_call(n, f"made-up-{n}") for n in range(3)]
    events += [llm_call(3, "dear"), llm_call(4, "cheap"), llm_call(5, "unknown"), llm_call(6, "dear")]
    (row,) = [row for row in metered(events).rows(LLM_USAGE) if row["request_model"] == OTHER_NAMES]
    alone = [metered([event]).rows(LLM_USAGE)[0] for event in events[3:]]
    assert row["cost_computed"] == sum(each["cost_computed"] for each in alone) > 2
    assert (row["calls"], row["unpriced_calls"], row["cost_evidence"]) == (4, 1, "computed")
    assert row["price_version"] == " + ".join(sorted({each["price_version"] for each in alone} - {""}))
    assert row["cost_gaps"] == alone[2]["cost_gaps"] != ""


@pytest.mark.usefixtures("room_for_three")
def test_a_folded_cost_that_cannot_be_stored_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded_costs, "LARGEST_YOCTOS", 1)
    events = [llm_call(n, "dear" if n > 2 else f"made-up-{n}") for n in range(5)]
    (row,) = [row for row in metered(events).rows(LLM_USAGE) if row["request_model"] == OTHER_NAMES]
    assert (row["unpriced_calls"], row["cost_evidence"]) == (2, "unpriced")
    assert row["cost_gaps"].startswith("the cost is more than can be stored")


@pytest.mark.usefixtures("room_for_three")
@pytest.mark.parametrize("chunk_sizes", [(1,) * 40, (3, 5, 7), (20,)])
def test_folding_does_not_depend_on_chunks_or_flushes(chunk_sizes: tuple[int, ...]) -> None:
    events = [metering_event(n, f"x{n}") if n % 3 else llm_call(n, f"m{n}") for n in range(40)]
    once, cut = metered(events), metered(events, chunk_sizes)
    assert names(once, LLM_USAGE, "request_model")[OTHER_NAMES] == 40 - 6
    assert without_version(cut) == without_version(once)


@pytest.mark.usefixtures("room_for_three")
def test_reprice_leaves_folded_rows_and_counts_them() -> None:
    rows = metered([llm_call(n, "dear" if n > 3 else f"m{n}") for n in range(6)]).rows(LLM_USAGE)
    repricing = Repricing(table(BOOK.replace("300", "600")))
    changed = repricing.reprice([[row[name] for row in rows] for name in LLM_USAGE.column_names])
    assert (changed.row_count, repricing.folded_count, repricing.row_count) == (0, 1, 4)


@pytest.mark.usefixtures("room_for_three")
def test_the_counter_says_how_many_rows_were_folded() -> None:
    counter = PartitionCounter(kafka_log(1000), 0, FROM_THE_START, METERING)
    counter.add(chunk_of(0, [llm_call(n, f"m{n}", method=f"M{n}") for n in range(10)]))
    assert (counter.take_folded(), counter.take_folded()) == (7 + 7, 0)


def test_distinct_long_names_stay_distinct() -> None:
    long = ["x" * LONGEST_NAME + end for end in ("", "1", "2")]
    bounded = [bounded_name(name) for name in long]
    assert bounded[0] == long[0]
    assert len(set(bounded)) == 3
    assert all(len(name) <= LONGEST_NAME and name.startswith("xxx") for name in bounded)


def test_the_word_for_folded_names_is_not_a_client_s_to_use() -> None:
    sink = metered([llm_call(0, OTHER_NAMES), llm_call(1, "\ud800")])
    assert OTHER_NAMES not in names(sink, LLM_USAGE, "request_model")


def test_memory_and_rows_do_not_grow_with_made_up_names() -> None:
    slots = KeySlots()
    bounded = BoundedKeys(AGENTIC_USAGE_ROLLUP, slots)
    for number in range(5_000):
        assert bounded[(0, *("a",) * 10, "mcp", "tools/call", f"tool-{number}", "", "")] == min(number, 1_000)
    assert (len(bounded), len(slots.keys), len(slots.folded)) == (1_000, 1_001, 1)
