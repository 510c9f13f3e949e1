"""`gatemeter decode`: what it reads, which dead letters it tells of, and what people see."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from gatemeter.cli import main as cli
from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ExitCode, InputError, SettingsError
from gatemeter.schema import DEAD_LETTERS
from gatemeter.sources.file_meter import meter_file
from gatemeter.wire.topics import MAX_EVENT_BYTES
from tests.support.decode_command import decoded, path, record_of, run, small_price_book, with_ai
from tests.support.gatemeter_command import COMMAND, TIMEOUT_S, environment
from tests.support.kong_events import event_text, recorded, request_line
from tests.support.logs import METERING

__all__ = ["path", "small_price_book"]  # fixtures

PLAIN = request_line("r-1")
REJECTED = [
    b"\xff",
    b'{"request":{"id":"a"',
    b"nonsense",
    b"7",
    b"[]",
    b"{}",
    b'{"a":1}',
    b'{"request":7,"started_at":1770112861007}',
    b'{"response":"x","started_at":1770112861007}',
    event_text(status='"abc"'),
    event_text(status="200.5"),
    event_text(status="1" + "0" * 5_000),
    event_text(request_size=str(2**63)),
    event_text(response_size=str(2**63)),
    event_text(started_at='"soon"'),
    event_text(started_at="1e400"),
    event_text(started_at=5),
    b'{"request":{},"response":{}}',
    b'{"specversion":"1.0","source":"gw","time":"2026-02-03T10:00:00Z"}',
    b'{"specversion":"1.0","source":"gw","id":"1","time":"soon"}',
]


class TestInput:
    @pytest.mark.parametrize("count", [1, 3])
    @pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n\n  \n"])
    def test_a_line_is_an_event(self, path: Path, count: int, ending: bytes) -> None:
        path.write_bytes(b"\n".join([PLAIN] * count) + ending)
        assert [(each["line"], each["event_id"]) for each in decoded(path)] == [(n + 1, "r-1") for n in range(count)]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_an_array_is_its_events(self, path: Path, indent: int | None) -> None:
        events = [json.loads(PLAIN), json.loads(request_line("r-2")), 7]
        path.write_text(json.dumps(events, indent=indent), encoding="utf-8")
        assert [(each["kind"], each["event_id"]) for each in decoded(path)] == [
            ("http", "r-1"), ("http", "r-2"), ("dead_letter", None),
        ]  # fmt: skip

    def test_one_document_over_many_lines_is_one_event_on_its_first_line(self, path: Path) -> None:
        text = "\n\n" + json.dumps(json.loads(PLAIN), indent=2) + "\n"
        record = record_of(path, text.encode())
        assert (record["line"], record["kind"], record["event_id"]) == (3, "http", "r-1")

    def test_it_is_the_same_event_in_a_line_and_over_many(self, path: Path) -> None:
        text = event_text(event_id=None)
        pretty = json.dumps(json.loads(text), indent=2).encode()
        array = json.dumps([json.loads(text)], indent=1).encode()
        identities = {record_of(path, each)["event_id"] for each in (text, pretty, array)}
        assert len(identities) == 1
        assert next(iter(identities)).startswith("line:")

    @pytest.mark.parametrize("text", [b"", b"\n  \n"])
    def test_nothing_is_no_event(self, path: Path, text: bytes) -> None:
        path.write_bytes(text)
        assert decoded(path) == []
        assert run(path).stdout == ""

    def test_a_packed_file_is_unpacked(self, path: Path) -> None:
        packed = path.with_suffix(".gz")
        packed.write_bytes(gzip.compress(PLAIN + b"\n" + PLAIN))
        assert [each["event_id"] for each in decoded(packed)] == ["r-1", "r-1"]

    def test_standard_input_is_read(self) -> None:
        done = subprocess.run(
            [*COMMAND, "decode", "-", "--json"],
            input=PLAIN + b"\nnonsense\n",
            capture_output=True,
            timeout=TIMEOUT_S,
            env=environment(),
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert [each["kind"] for each in json.loads(done.stdout)] == ["http", "dead_letter"]

    def test_garbage_is_dead_letters(self, path: Path) -> None:
        path.write_bytes(b"\x00\xff\xfe\n\x1b[31m{\n" + PLAIN)
        assert [(each["line"], each["reason"]) for each in decoded(path)] == [
            (1, "invalid_utf8"), (2, "invalid_json"), (3, None),
        ]  # fmt: skip

    def test_a_line_that_is_too_long_is_one_dead_letter(self, path: Path) -> None:
        long = json.dumps({**json.loads(PLAIN), "x": "y" * 5 * 1024 * 1024}).encode()
        path.write_bytes(long + b"\n" + PLAIN + b"\n")
        assert [(each["line"], each["kind"], each["reason"]) for each in decoded(path)] == [
            (1, "dead_letter", "line_too_long"), (2, "http", None),
        ]  # fmt: skip

    def test_an_array_may_be_longer_than_an_event_may(self, path: Path) -> None:
        events = [{**json.loads(PLAIN), "x": "y" * (MAX_EVENT_BYTES // 3)}] * 4
        path.write_text(json.dumps(events, indent=1), encoding="utf-8")
        assert [each["kind"] for each in decoded(path)] == ["http"] * 4

    @pytest.mark.parametrize(("name", "said"), [("missing.log", "there is no such file"), (".", "is a directory")])
    def test_what_cannot_be_read_is_said(self, path: Path, name: str, said: str) -> None:
        result = run(path.parent / name, "--json")
        assert isinstance(result.exception, InputError)
        assert said in str(result.exception)
        assert result.stdout == ""

    def test_a_missing_file_ends_in_one_line_and_the_exit_code_of_input(
        self, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(path.parent)
        with pytest.raises(SystemExit) as ended:
            cli.main(["decode", "missing.log"])
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (ExitCode.INPUT, "")
        assert said.err == "gatemeter: missing.log: there is no such file; check the path\n"

    def test_damage_is_said_after_the_events_before_it(self, path: Path) -> None:
        packed = path.with_suffix(".gz")
        whole = gzip.compress(b"".join(request_line(f"e{number}") + b"\n" for number in range(2_000)))
        packed.write_bytes(whole[: len(whole) // 2])
        result = run(packed)
        assert "cut short" in str(result.exception)
        assert "event_id: e0" in result.stdout

    def test_a_wrong_price_book_or_time_is_refused(self, path: Path) -> None:
        path.write_bytes(PLAIN)
        path.with_name("own.toml").write_text("entries = 7", encoding="utf-8")
        for flags in (["--prices", path.with_name("own.toml")], ["--earliest", "soon"]):
            assert isinstance(run(path, *flags).exception, SettingsError)


class TestDeadLetters:
    def test_reasons_are_those_of_metering(self, path: Path) -> None:
        path.write_bytes(b"".join(text + b"\n" for text in REJECTED))
        sink = MemorySink()
        meter_file(path, sink, METERING, log_format="kong-log")
        stored = [(row["line"], row["reason"], row["detail"]) for row in sink.rows(DEAD_LETTERS)]
        found = [(each["line"], each["reason"], each["detail"] or "") for each in decoded(path)]
        assert found == stored
        assert len(found) == len(REJECTED)
        assert len({reason for _, reason, _ in found}) >= 15

    def test_a_dead_letter_has_no_value_but_its_reason(self, path: Path) -> None:
        record = record_of(path, event_text(status='"abc"'))
        values = {name: value for name, value in record.items() if value not in (None, [])}
        assert {"consumer", "service"} <= set(values)
        assert {name: values[name] for name in set(values) - {"consumer", "service"}} == {
            "line": 1,
            "kind": "dead_letter",
            "reason": "status_invalid",
            "detail": "a JSON string that is no number",
        }

    def test_the_times_that_are_believed_decide_as_in_metering(self, path: Path) -> None:
        assert record_of(path, PLAIN, "--earliest", "2026-02-04")["reason"] == "started_at_out_of_range"
        assert record_of(path, PLAIN, "--latest", "2026-02-03T10:00")["reason"] == "started_at_out_of_range"
        assert record_of(path, event_text(started_at=5), "--earliest", "1970-01-01")["kind"] == "http"


class TestForPeople:
    def test_a_paragraph_an_event_without_what_it_does_not_know(self, path: Path) -> None:
        path.write_bytes(recorded("no_route") + b"\nnonsense\n")
        lines = run(path).stdout.splitlines()
        assert lines[0] == "line 1: http"
        assert "  status: 404" in lines
        assert not [line for line in lines if "None" in line or "upstream" in line]
        assert lines[-2:] == [
            "line 2: dead_letter, invalid_json",
            "  detail: JSON is malformed: invalid character (byte 4)",
        ]

    def test_the_derivation_is_shown_line_by_line(self, path: Path) -> None:
        path.write_bytes(with_ai("proxy_3_12_details"))
        said = run(path).stdout
        assert "  llm 1:\n    plugin: proxy\n" in said
        assert "      cached tokens: 64 x 0.075 per million = 0.0000048\n" in said

    def test_names_from_a_log_cannot_steer_a_terminal(self, path: Path) -> None:
        path.write_bytes(event_text(method='"\\u001b[31mGET"', extra='"consumer":{"id":"\\u0007x\\nline 9: http"}'))
        said = run(path).stdout
        assert not {"\x1b", "\x07"} & set(said)
        assert "\nline 9" not in said

    def test_secrets_of_an_event_are_in_no_form_shown(self, path: Path) -> None:
        path.write_bytes(
            event_text(extra='"client_ip":"198.51.100.7","request_headers":{"apikey":"k-123"}').replace(
                b'"method"', b'"headers":{"authorization":"Bearer k-123"},"uri":"/x?key=k-123","method"'
            )
            + b'\n{"request":{"headers":{"apikey":"k-123"}}\n'
        )
        for form in ([], ["--json"]):
            said = run(path, *form).stdout
            assert "198.51.100.7" not in said
            assert "k-123" not in said


def test_people_see_the_currency_of_computed_costs_alone(path: Path, tmp_path: Path) -> None:
    """JSON stays without it; the gateway's log does not name the currency of its own costs."""
    prices = tmp_path / "eur.toml"
    entry = '{provider = "openai", model = "gpt-4o-mini", prices = {input = 0.15, output = 0.60, cache_read = 0.075}}'
    prices.write_text(f'currency = "EUR"\nentries = [{entry}]', encoding="utf-8")
    (call,) = record_of(path, with_ai("proxy_3_12_details"), "--prices", str(prices))["llm"]
    lines = [line.strip() for line in run(path, "--prices", str(prices)).stdout.splitlines()]
    assert f"cost_computed: {call['cost_computed']} EUR" in lines
    assert f"cost_reported: {call['cost_reported']}" in lines
    assert not call["cost_computed"].endswith("EUR")
