"""The files for Kong use only what Kong documents, and lose nothing that Kong can keep."""

import json
from typing import Any

import pytest
import yaml

from gatemeter.collector.limits import CollectorLimits
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from tests.support.documented_settings import documented, undocumented
from tests.support.kong_events import recorded
from tests.support.repository import ROOT

FOLDER = ROOT / "deploy" / "gateways" / "kong"
PLUGINS = ("http-log", "kafka-log", "opentelemetry", "metering-and-billing")
ENTITLEMENTS = "entitlements"
POSTING = ("http-log", "opentelemetry", "metering-and-billing")
KONG = documented("kong")


def plugin(name: str) -> Any:
    (found,) = document(name)["plugins"]
    assert found["name"] == name
    return found["config"]


def document(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def test_there_is_a_file_for_each_plugin_and_one_that_asks_for_entitlements() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {*PLUGINS, ENTITLEMENTS}
    assert undocumented(document(ENTITLEMENTS), KONG, "deck") == []


@pytest.mark.parametrize("name", PLUGINS)
def test_every_setting_is_documented_and_of_its_type(name: str) -> None:
    assert undocumented(document(name), KONG, "deck") == []
    assert undocumented(plugin(name), KONG, name) == []


def test_a_setting_that_is_not_documented_is_found() -> None:
    wrong = {"queue": {"max_batch_size": 0, "max_entry": 7}, "timeout": "10s", "headers": {"a.b": 1}}
    assert undocumented(wrong, KONG, "http-log") == [
        "queue.max_batch_size: 0 is not integer 1..1000000",
        "queue.max_entry is not documented",
        "timeout: '10s' is not number",
        "headers.a.b: 1 is not string",
        "http_endpoint is missing",
    ]


@pytest.mark.parametrize("name", PLUGINS)
def test_decK_changes_only_what_it_has_tagged(name: str) -> None:  # noqa: N802 - that is how decK is written
    assert document(name)["_info"]["select_tags"] == ["gatemeter"]


@pytest.mark.parametrize("name", POSTING)
def test_queues_hold_and_repeat_for_an_hour(name: str) -> None:
    queue = plugin(name)["queue"]
    assert (queue["max_batch_size"], queue["max_entries"], queue["concurrency_limit"]) == (200, 100_000, 1)
    assert (queue["max_retry_time"], queue["failure_threshold"]) == (3600, 0)


@pytest.mark.parametrize("name", POSTING)
def test_kong_waits_longer_than_the_collector_takes(name: str) -> None:
    """A batch that Kong gave up too early would be sent again, and its answer be lost."""
    timeouts = [value for key, value in plugin(name).items() if key in {"timeout", "read_timeout", "send_timeout"}]
    assert timeouts
    assert min(timeouts) >= 2 * CollectorLimits().answer_s * 1000


def test_a_batch_is_taken_by_the_collector() -> None:
    """An event of Kong with many headers has 20 kB."""
    assert plugin("http-log")["queue"]["max_batch_size"] * 20_000 < CollectorLimits().body_bytes


@pytest.mark.parametrize("name", POSTING)
def test_the_token_comes_from_the_environment(name: str) -> None:
    assert '${{ env "DECK_GATEMETER_TOKEN" }}' in json.dumps(plugin(name)).replace('\\"', '"')


def test_kafka_log_waits_for_all_replicas_and_repeats_for_minutes() -> None:
    config = plugin("kafka-log")
    assert config["producer_request_acks"] == -1
    tries, wait_ms = (config[f"producer_request_retries_{name}"] for name in ("max_attempts", "backoff_timeout"))
    assert tries * wait_ms == 600_000


def test_what_kafka_log_leaves_out_changes_no_number() -> None:
    """Lua code `return nil` removes the field that its name, a path with dots, leads to."""
    removed = plugin("kafka-log")["custom_fields_by_lua"]
    assert set(removed.values()) == {"return nil"}
    whole = json.loads(recorded("proxied"))
    slim = json.loads(recorded("proxied"))
    for path in removed:
        *parents, name = path.split(".")
        place = slim
        for parent in parents:
            place = place[parent]
        place.pop(name, None)
    assert slim != whole
    assert decoded(slim) == decoded(whole)


def decoded(event: Any) -> Any:
    (explanation,) = explain_decoding(json.dumps(event).encode(), TimeRange(), "kong-log")
    assert explanation.event is not None
    return explanation.event
