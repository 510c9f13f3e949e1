"""A thousand calls through the real LiteLLM, which posts them with our settings, are billed as they were made."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.collectors import collector, stored_lines
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.gateways.program import CONFIGURATIONS
from tests.support.litellm_costs.environment import run_in_litellm
from tests.support.repository import ROOT
from tests.support.server_fixtures import PARTITIONS
from tests.support.worked_topic import count_topic

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.long(reason="LiteLLM and all it needs are installed first, 400 MB"),
    pytest.mark.timeout(1800),
]

SCRIPT = ROOT / "tests" / "support" / "litellm_costs" / "post_to_collector.py"
CALLS = 1_000


def settings(url: str, token: str) -> Any:
    """The ready-made callback with another host and token, as an operator changes it."""
    text = (CONFIGURATIONS / "litellm" / "config.yaml").read_text(encoding="utf-8")
    assert "http://gatemeter.example:8686" in text
    text = text.replace("http://gatemeter.example:8686", url).replace("Bearer TOKEN", f"Bearer {token}")
    return yaml.safe_load(text)["callback_settings"]["gatemeter"]


def test_a_thousand_calls_are_billed_as_made(kafka_address: str, topic: str, store: Store, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.jsonl"
    token = run("tokens", "create", "--token-file", tokens, "--role", "ingest", "--name", "litellm").stdout.strip()
    with collector(kafka_address, topic, tmp_path, "--token-file", str(tokens)) as door:
        callback = settings(door.url, token)
        run_in_litellm(SCRIPT, callback["endpoint"], json.dumps(callback["headers"]), str(CALLS))
    stored = b"\n".join(each.line for each in stored_lines(kafka_address, topic, PARTITIONS))
    assert b"s3cret question" not in stored
    count_topic(kafka_address, topic, store, tmp_path, CALLS)
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (CALLS, 0)
    rows = read("report", "llm", "--by", "consumer_id", "--period", "year", *store.flags)
    found = {row["consumer_id"]: (row["calls"], row["prompt_tokens"], row["completion_tokens"]) for row in rows}
    assert found == {f"key-{each}": (200, 200 * (100 + each), 2_000) for each in range(5)}
