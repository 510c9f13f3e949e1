"""`verify` counts names that were not kept as agreeing, and says how many calls they concern."""

import json

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.metering import key_slots
from tests.support.kong_events import event_text
from tests.support.verified_store import count_values, verified

pytestmark = pytest.mark.clickhouse


def model_call(number: int) -> bytes:
    usage = {"prompt_tokens": 10, "completion_tokens": 1}
    ai = {"proxy": {"meta": {"provider_name": "openai", "request_model": f"made-up-{number}"}, "usage": usage}}
    return event_text(event_id=f'"{number}"', extra=f'"ai":{json.dumps(ai)}')


def test_verify_says_how_many_calls_lost_their_names(empty: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_slots, "MOST_KEYS", 3)
    count_values(empty, [model_call(number) for number in range(10)])
    verification = verified(empty)
    assert [each for each in verification.findings if each.table == "llm_usage_hourly"] == []
    (note,) = verification.notes
    assert note.startswith("llm_usage_hourly: 7 calls of 1 consumer are counted under the name (other)")
