"""The files for gateways and shippers other than Kong use only what these programs document, and give up nothing."""

import json
import re
from typing import Any

import pytest
import yaml

from gatemeter.collector.limits import CollectorLimits
from tests.support.documented_settings import documented, undocumented
from tests.support.rainerscript import statements
from tests.support.repository import ROOT

FOLDER = ROOT / "deploy" / "gateways"
WHOLE_FILES = {
    "litellm/config.yaml": ("litellm", "config"),
    "tyk/pump.json": ("tyk", "pump"),
    "otel-collector/otlp.yaml": ("otel_collector", "collector"),
    "otel-collector/files.yaml": ("otel_collector", "collector"),
    "vector/gatemeter.yaml": ("vector", "vector"),
    "fluent-bit/gatemeter.yaml": ("fluent_bit", "fluent-bit"),
    "apisix/http-logger-metadata.json": ("apisix", "metadata"),
    "apisix/http-logger.json": ("apisix", "global-rule"),
    "apisix/kafka-logger.json": ("apisix", "global-rule"),
}


def read(name: str) -> Any:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


def apisix(plugin: str) -> Any:
    return read(f"apisix/{plugin}.json")["plugins"][plugin]


def rsyslog() -> list[tuple[str, dict[str, Any]]]:
    return list(statements((FOLDER / "rsyslog" / "gatemeter.conf").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_every_setting_is_documented_and_of_its_type(name: str) -> None:
    program, table = WHOLE_FILES[name]
    assert undocumented(read(name), documented(program), table) == []


@pytest.mark.parametrize("plugin", ["http-logger", "kafka-logger"])
def test_every_setting_of_a_logger_of_apisix_is_documented(plugin: str) -> None:
    assert undocumented(apisix(plugin), documented("apisix"), plugin) == []


@pytest.mark.parametrize(("kind", "parameters"), rsyslog(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_parameter_of_rsyslog_is_documented(kind: str, parameters: dict[str, Any]) -> None:
    assert undocumented(parameters, documented("rsyslog"), kind) == []


def test_every_file_is_checked() -> None:
    ours = {"apisix", "litellm", "tyk", "otel-collector", "vector", "fluent-bit"}
    found = {path.relative_to(FOLDER).as_posix() for folder in ours for path in (FOLDER / folder).iterdir()}
    assert found == set(WHOLE_FILES)
    assert [kind for kind, _ in rsyslog()] == ["global", "module", "module", "template", "input", "ruleset", "action"]


@pytest.mark.parametrize("plugin", ["http-logger", "kafka-logger"])
def test_apisix_repeats_for_an_hour_and_waits_longer_than_the_collector_takes(plugin: str) -> None:
    settings = apisix(plugin)
    assert settings["max_retry_count"] * settings["retry_delay"] == 3600
    assert settings["timeout"] >= 2 * CollectorLimits().answer_s
    assert settings["batch_max_size"] == 200


def test_apisix_itself_sees_whether_kafka_has_it() -> None:
    """An asynchronous producer has answered before it has sent, so nothing would be repeated."""
    settings = apisix("kafka-logger")
    assert (settings["producer_type"], settings["required_acks"]) == ("sync", -1)


def test_shippers_write_to_all_replicas_and_never_give_up() -> None:
    kafka = read("otel-collector/files.yaml")["exporters"]["kafka"]
    assert (kafka["producer"]["required_acks"], kafka["retry_on_failure"]["max_elapsed_time"]) == (-1, "0s")
    vector = read("vector/gatemeter.yaml")["sinks"]["gatemeter"]
    assert (vector["librdkafka_options"]["acks"], vector["message_timeout_ms"]) == ("all", 0)
    assert (vector["acknowledgements"]["enabled"], vector["buffer"]["when_full"]) == (True, "block")
    (bit,) = read("fluent-bit/gatemeter.yaml")["pipeline"]["outputs"]
    assert (bit["rdkafka.acks"], bit["retry_limit"], bit["queue_full_retries"]) == ("all", "no_limits", 0)
    _, action = rsyslog()[-1]
    assert (action["action.resumeretrycount"], action["resubmitonfailure"]) == ("-1", "on")
    assert {"acks=all", "message.timeout.ms=0"} <= set(action["confparam"])


def test_shippers_send_the_line_as_it_is() -> None:
    assert read("otel-collector/files.yaml")["exporters"]["kafka"]["logs"]["encoding"] == "raw"
    assert read("vector/gatemeter.yaml")["sinks"]["gatemeter"]["encoding"] == {"codec": "text"}
    (bit,) = read("fluent-bit/gatemeter.yaml")["pipeline"]["outputs"]
    assert (bit["format"], bit["raw_log_key"]) == ("raw", "log")
    assert dict(rsyslog())["template"]["string"] == "%msg%"


def test_an_otlp_batch_of_the_collector_is_taken() -> None:
    exporter = read("otel-collector/otlp.yaml")["exporters"]["otlp_http/gatemeter"]
    assert exporter["sending_queue"]["batch"]["max_size"] <= 10_000
    assert float(exporter["timeout"].removesuffix("s")) >= 2 * CollectorLimits().answer_s


def test_neither_tyk_nor_litellm_sends_bodies() -> None:
    assert read("tyk/pump.json")["omit_detailed_recording"] is True
    assert read("litellm/config.yaml")["litellm_settings"]["turn_off_message_logging"] is True


def test_a_statement_of_rsyslog_that_is_not_understood_is_found() -> None:
    with pytest.raises(AssertionError, match="not understood"):
        list(statements('module(load="imfile")\n$InputFilePollInterval 10\n'))
    with pytest.raises(AssertionError, match="more than parameters"):
        list(statements('module(load="imfile" mode)'))


def test_no_file_holds_a_secret() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.*")]
    bearers = {bearer for text in texts for bearer in re.findall(r"Bearer ([^\"\n]*)", text)}
    assert bearers == {"TOKEN", "${env:GATEMETER_TOKEN}", "${{ env "}
