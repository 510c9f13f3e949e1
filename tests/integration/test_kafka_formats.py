"""One topic with a gateway's log and with CloudEvents, counted and priced by one worker."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ai_members import ai_text
from tests.support.cloud_events import recorded as cloud_event
from tests.support.command_in_process import read, run
from tests.support.event_accounts import account_of, consumed_in
from tests.support.forked_commands import running
from tests.support.kong_events import event_text, recorded
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

BOOK = """
currency = "USD"

[[entries]]
provider = "openai"
model = "gpt-4o-mini"
match = {starts_with = "gpt-4o-mini"}
prices = {input = 1, output = 1, cache_read = 1}

[[entries]]
provider = "openai"
model = "gpt-4o-mini"
consumer = "initech"
match = {starts_with = "gpt-4o-mini"}
prices = {input = 10, output = 100, cache_read = 1}
"""


def ai_event(event_id: str, consumer: str, block: str) -> bytes:
    ai = ai_text(block)
    return event_text(event_id=f'"{event_id}"', extra=f'"consumer":{consumer},"ai":{ai}')


LOG = [
    ai_event("1", '{"id":"con-1","username":"acme"}', "proxy_3_12_details"),
    ai_event("2", '{"id":"con-2","username":"initech"}', "proxy_3_12_details"),
    ai_event("2", '{"id":"con-2","username":"initech"}', "proxy_3_12_details"),
    ai_event("3", '{"id":"con-1","username":"acme"}', "mcp_3_12"),
    recorded("stream_session"),
]
CLOUD_EVENTS = ["kong_api_request", "kong_llm_prompt_half", "kong_llm_completion_half", "other_kind", "other_kind"]
CONSUMED = len(LOG) + len(CLOUD_EVENTS)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / name for name in ("kong.log", "cloudevents.json", "own.toml", "worker.log")}
    paths["kong.log"].write_bytes(b"".join(line + b"\n" for line in LOG))
    events = [json.dumps(cloud_event(name)["event"], default=float) for name in CLOUD_EVENTS]
    paths["cloudevents.json"].write_text("".join(f"{event}\n" for event in events), encoding="utf-8")
    paths["own.toml"].write_text(BOOK, encoding="utf-8")
    return paths


@pytest.fixture
def counted(kafka_address: str, topic: str, group_id: str, store_url: str, files: dict[str, Path]) -> Iterator[str]:
    """The URL of the store, once a worker with prices of one's own has counted both files."""
    kafka = ("--kafka", kafka_address, "--topic", topic)
    run("ship", files["kong.log"], *kafka)
    run("ship", files["cloudevents.json"], *kafka, "--format", "cloudevents")
    env = {"GATEMETER_CLICKHOUSE": store_url, "GATEMETER_PRICES": str(files["own.toml"])}
    with running("worker", *kafka, "--group", group_id, log=files["worker.log"], env=env):
        log = files["worker.log"]
        wait_for_number(lambda: consumed_in(store_url), CONSUMED, f"all events counted; see {log}", log)
        yield store_url


def test_both_formats_are_counted_and_priced_by_the_worker_s_own_book(counted: str) -> None:
    """The log's calls have 56 fresh, 64 cached and 48 answered tokens, for which con-2 pays 10, 1 and 100 a million.

    The CloudEvents tell of one call in two halves, of 8120 and of 35 tokens.
    """
    account = account_of(counted)
    assert (account.consumed, account.counted, account.duplicates) == (CONSUMED, 4, 2)
    assert (account.dead_letters, account.other_kind) == (0, 4)
    rows = read("report", "llm", "--clickhouse", counted, "--by", "consumer_id,provider")
    found = [(row["consumer_id"], row["calls"], row["total_tokens"], row["cost_computed"]) for row in rows]
    assert found == [
        ("c-1", 1, 8155, "0.008155"),
        ("con-1", 1, 168, "0.000168"),
        ("con-2", 1, 168, "0.005424"),
    ]
    assert [row["unpriced_calls"] for row in rows] == [0, 0, 0]
    tools = read("report", "tools", "--clickhouse", counted, "--by", "kind")
    assert [(row["kind"], row["calls"], row["errors"]) for row in tools] == [("mcp", 3, 1)]
    billable = read("report", "billable", "--clickhouse", counted)
    assert sum(row["requests"] for row in billable) == 4
