"""Replaying dead letters: each event counts once, however often and in whatever order it is replayed."""

from dataclasses import replace
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections import replay as replay_module
from gatemeter.corrections.replay import Replay, ReplayOutcome
from gatemeter.errors import ClickHouseUnavailable, ConflictError, InputError
from gatemeter.events.masking import described_name
from gatemeter.metering.counts import COUNT_COLUMNS
from gatemeter.schema import (
    AGENTIC_USAGE,
    API_USAGE,
    DEAD_LETTERS,
    EPOCH_LEDGER,
    LLM_USAGE,
    MINUTE_USAGE,
    MONTHLY_REQUESTS,
    STREAM_SESSIONS,
)
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.sources.file_meter import meter_file
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.dead_letters import (
    IN_1970_MS,
    KEYS,
    SEALING,
    WIDE,
    DyingSink,
    dead_letters_in,
    meter_values,
    stored,
    values_of,
)
from tests.support.kong_events import event_text, request_line
from tests.support.logs import METERING

USAGE_TABLES = (API_USAGE, MINUTE_USAGE, MONTHLY_REQUESTS, LLM_USAGE, AGENTIC_USAGE, STREAM_SESSIONS)
OLD = request_line("old", started_at=IN_1970_MS)
OLD_SESSION = b'{"session":{"received":4,"sent":5},"started_at":3600000}'
OLD_WITH_AI = event_text(
    event_id='"ai"',
    started_at=IN_1970_MS,
    extra='"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"m"},"usage":{"prompt_tokens":7}},'
    '"mcp":{"mcp_session_id":"s","rpc":[{"method":"tools/call","tool_name":"t","latency":3,"error":"no"}]}}',
)
A_BIT_OF_ALL = [OLD_WITH_AI, OLD, OLD, OLD_SESSION, b"nonsense"]


def replayed(sink: MemorySink, dead_letters: list[DeadLetter] | None = None) -> Replay:
    """One run over `dead_letters`, by default over all that stand."""
    replay = Replay(sink, WIDE)
    replay.add(dead_letters_in(sink) if dead_letters is None else dead_letters)
    return replay


def tally(replay: Replay) -> dict[str, int]:
    return {str(name): count for counts in (replay.dead_letters, replay.events) for name, count in counts.items()}


@pytest.mark.parametrize("event", [OLD, OLD_SESSION, OLD_WITH_AI], ids=["request", "session", "with_ai"])
def test_a_replayed_event_counts_as_if_it_had_been_read_at_once(sink: MemorySink, event: bytes) -> None:
    at_once = MemorySink()
    meter_values(at_once, [event], WIDE)
    meter_values(sink, [event])
    assert [values_of(sink, table) for table in USAGE_TABLES] == [[]] * len(USAGE_TABLES)
    replayed(sink)
    assert dead_letters_in(sink) == []
    for table in USAGE_TABLES:
        assert values_of(sink, table) == values_of(at_once, table)


def test_the_ledger_names_the_dead_letter_and_the_law_holds(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    replayed(sink)
    rows = [row for row in sink.rows(EPOCH_LEDGER) if row["log"] == "replay:topic-id-1"]
    assert {(row["content_hash"], *(row[name] for name in COUNT_COLUMNS[:5])) for row in rows} == {
        ("0:0:1:0", 1, 1, 0, 0, 0),
        ("0:1:1:0", 1, 1, 0, 0, 0),
        ("0:2:1:0", 1, 0, 1, 0, 0),
        ("0:3:1:0", 1, 0, 0, 0, 1),
    }
    assert {(row["topic"], row["log_kind"], row["epoch_size"], row["rules"]) for row in rows} == {
        ("access", "replay", 1, WIDE.ruleset_version)
    }


def test_copies_count_once_and_what_cannot_be_read_stays(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    assert tally(replayed(sink)) == {
        "replayed": 4,
        "still_rejected": 1,
        "counted": 2,
        "duplicates": 1,
        "other_kind": 1,
    }
    assert [dead_letter.raw for dead_letter in dead_letters_in(sink)] == [b"(text, 8 bytes)"]


def test_a_second_replay_finds_nothing_to_do(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    replayed(sink)
    before = stored(sink)
    assert tally(replayed(sink)) == {"still_rejected": 1}
    assert stored(sink) == before


def test_a_stale_list_of_dead_letters_changes_nothing(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    dead_letters = dead_letters_in(sink)
    replayed(sink, dead_letters)
    before = stored(sink)
    replayed(sink, dead_letters[::-1])
    assert stored(sink) == before


@pytest.mark.parametrize("partition", [0, 5])
def test_a_copy_that_is_replayed_later_is_a_duplicate(sink: MemorySink, partition: int) -> None:
    meter_values(sink, [OLD])
    (dead_letter,) = dead_letters_in(sink)
    replayed(sink)
    location = replace(dead_letter.location, partition=partition, offset=77)
    copy = replace(dead_letter, location=location, original=KEYS.seal(OLD, location).sealed)
    assert tally(replayed(sink, [copy])) == {"replayed": 1, "duplicates": 1}
    assert sum(row["requests"] for row in sink.rows(API_USAGE)) == 1


@pytest.mark.parametrize("tables", range(7))
def test_a_killed_replay_gives_the_same_when_run_again(tables: int) -> None:
    undisturbed, disturbed = MemorySink(), killed_after(tables)
    meter_values(undisturbed, A_BIT_OF_ALL)
    assert dead_letters_in(disturbed) == dead_letters_in(undisturbed)
    replayed(undisturbed)
    assert replayed(disturbed).dead_letters[ReplayOutcome.REPLAYED] == 4
    assert stored(disturbed) == stored(undisturbed)


def test_the_counted_copy_is_known_before_dead_letters_are_deleted() -> None:
    sink = killed_after(7)
    before = sink.rows(EPOCH_LEDGER)
    assert tally(replayed(sink, dead_letters_in(sink)[::-1]))["duplicates"] == 1
    assert sink.rows(EPOCH_LEDGER) == before


def killed_after(tables: int) -> DyingSink:
    """Holds a bit of all, and so many tables of its replay; the last of eight deletes the dead letters."""
    sink = DyingSink(99)
    meter_values(sink, A_BIT_OF_ALL)
    sink.tables_left = tables
    with pytest.raises(ClickHouseUnavailable):
        replayed(sink)
    sink.tables_left = 99
    return sink


def test_dead_letters_are_deleted_after_all_else_is_stored() -> None:
    sink = DyingSink(99)
    meter_values(sink, A_BIT_OF_ALL)
    sink.written.clear()
    replayed(sink)
    assert sink.written[-2:] == ["epoch_ledger", "dead_letters"]
    assert set(sink.written[:-2]) == {table.name for table in USAGE_TABLES}


def test_a_recount_does_not_bring_a_deleted_dead_letter_back(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    replayed(sink)
    before = stored(sink)
    meter_values(sink, A_BIT_OF_ALL)
    assert stored(sink) == before


def test_a_still_rejected_dead_letter_has_its_present_reason(sink: MemorySink) -> None:
    meter_values(sink, [event_text(started_at=IN_1970_MS, status="[]")])
    (dead_letter,) = dead_letters_in(sink)
    (left,) = Replay(sink, WIDE).add([replace(dead_letter, reason="decoder_failed")])
    assert (left.outcome, left.reason, left.topic) == (ReplayOutcome.STILL_REJECTED, "status_invalid", "access")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"raw_size_bytes": len(OLD) + 1}, ReplayOutcome.NOT_KEPT_WHOLE),
        ({"is_masked": True}, ReplayOutcome.NOT_KEPT_WHOLE),
        ({"is_masked": True, "key_id": "ab"}, ReplayOutcome.NOT_KEPT_WHOLE),
        ({"is_masked": True, "key_id": "ab", "original": b"x"}, ReplayOutcome.SEALED),
        ({"reason": "line_too_long"}, ReplayOutcome.NOT_KEPT_WHOLE),
        ({"is_unfinished": True}, ReplayOutcome.UNFINISHED),
        ({}, ReplayOutcome.REPLAYED),
    ],
)
def test_only_whole_and_finished_dead_letters_are_replayed(
    sink: MemorySink, changes: dict[str, object], outcome: ReplayOutcome
) -> None:
    meter_values(sink, [OLD])
    (dead_letter,) = dead_letters_in(sink)
    in_clear = replace(dead_letter, raw=OLD, is_masked=False, key_id="", original=b"")
    before = stored(sink)
    (result,) = Replay(sink, WIDE).add([replace(in_clear, **changes)])  # type: ignore[arg-type]
    assert result.outcome is outcome
    assert (stored(sink) == before) is (outcome is not ReplayOutcome.REPLAYED)


class TestALetterOfSeveralEvents:
    """A message of an unknown format, which a later version knows, is one dead letter, whatever it holds."""

    @staticmethod
    def dead_letter(sink: MemorySink, *lines: bytes) -> DeadLetter:
        meter_values(sink, [b"\n".join(lines)], log_format="kong-log-next")
        (dead_letter,) = dead_letters_in(sink)
        assert dead_letter.reason == "unknown_format"
        assert dead_letter.log_format == described_name("kong-log-next")
        return replace(dead_letter, log_format=described_name(DEFAULT_FORMAT))

    def test_each_event_is_counted_by_itself(self, sink: MemorySink) -> None:
        dead_letter = self.dead_letter(
            sink, request_line("a"), request_line("a"), request_line("b", consumer="x"), OLD_SESSION
        )
        expected = {"replayed": 1, "counted": 2, "duplicates": 1, "other_kind": 1}
        assert tally(replayed(sink, [dead_letter])) == expected
        before = stored(sink)
        assert tally(replayed(sink, [dead_letter])) == expected
        assert stored(sink) == before
        assert sorted(row["consumer_id"] for row in sink.rows(API_USAGE)) == ["con-1", "x"]

    def test_what_can_be_read_is_counted_and_it_stands(self, sink: MemorySink) -> None:
        dead_letter = self.dead_letter(sink, request_line("a"), b"nonsense", request_line("a"))
        assert tally(replayed(sink, [dead_letter])) == {"partly_replayed": 1, "counted": 1, "duplicates": 1}
        assert len(dead_letters_in(sink)) == 1
        before = stored(sink)
        assert tally(replayed(sink, [dead_letter])) == {"partly_replayed": 1}
        assert stored(sink) == before

    def test_a_long_one_is_stored_in_steps_and_deleted_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(replay_module, "_EVENTS_PER_WRITE", 2)
        sink = DyingSink(99)
        dead_letter = self.dead_letter(sink, *(request_line(f"r-{number}") for number in range(5)))
        sink.written.clear()
        replayed(sink, [dead_letter])
        assert [name for name in sink.written if name in ("epoch_ledger", "dead_letters")] == [
            *["epoch_ledger"] * 3,
            "dead_letters",
        ]

    def test_a_copy_has_its_own_place_beside_other_copies(self, sink: MemorySink) -> None:
        copies = [request_line(name) for name in ("a", "a", "b", "b")]
        assert tally(replayed(sink, [self.dead_letter(sink, *copies)]))["duplicates"] == 2
        assert len([row for row in sink.rows(EPOCH_LEDGER) if row["log"].startswith("replay:")]) == 4

    def test_nothing_but_junk_is_still_rejected(self, sink: MemorySink) -> None:
        dead_letter = self.dead_letter(sink, b"5", b"nonsense")
        assert tally(replayed(sink, [dead_letter])) == {"still_rejected": 1}


@pytest.mark.parametrize("message", [b'{"counted":1}', b'[{"counted":1},{"counted":1}]'])
def test_what_a_sender_wrote_as_counted_stays_rejected(sink: MemorySink, message: bytes) -> None:
    meter_values(sink, [message])
    before = dead_letters_in(sink)
    assert replayed(sink).dead_letters == {ReplayOutcome.STILL_REJECTED: len(before)}
    assert dead_letters_in(sink) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(sink: MemorySink) -> None:
    meter_values(sink, A_BIT_OF_ALL)
    before = stored(sink)
    dry = Replay(sink, WIDE, dry_run=True)
    dry.add(dead_letters_in(sink))
    assert stored(sink) == before
    assert tally(dry) == tally(replayed(sink))


class TestCorrecting:
    @pytest.mark.parametrize("log_format", ["kong-log", "cloudevents", "oversized", "kong-log-next"])
    def test_the_text_is_counted_instead_of_the_dead_letter(self, sink: MemorySink, log_format: str) -> None:
        meter_values(sink, [b'{"request":{"id":"a"'], log_format=log_format)
        (dead_letter,) = dead_letters_in(sink)
        Replay(sink, METERING).correct(dead_letter, request_line("a") + b"\n", where="event.json")
        assert [row["requests"] for row in sink.rows(API_USAGE)] == [1]
        assert dead_letters_in(sink) == []

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (b"", "event.json: cannot be counted either: empty_message; correct it"),
            (b"{}", "cannot be counted either: empty_object"),
            (OLD, "started_at_out_of_range \\(3600000 ms is 1970-01-01"),
            (request_line("a") + b"\n" + request_line("b"), "holds 2 events"),
            (b"[" + request_line("a") + b",{}]", "holds 2 events"),
        ],
    )
    def test_what_is_not_one_good_event_is_refused(self, sink: MemorySink, text: bytes, message: str) -> None:
        meter_values(sink, [b"nonsense"])
        before = stored(sink)
        with pytest.raises(InputError, match=message):
            Replay(sink, METERING).correct(dead_letters_in(sink)[0], text, where="event.json")
        assert stored(sink) == before

    @pytest.mark.parametrize("reason", ["message_too_costly", "too_many_rejected", "too_many_events"])
    @pytest.mark.parametrize("original", [b"", b"sealed"], ids=["expired", "no key"])
    def test_no_event_replaces_many_that_cannot_be_opened(self, sink: MemorySink, reason: str, original: bytes) -> None:
        meter_values(sink, [b"nonsense"])
        dead_letter = replace(dead_letters_in(sink)[0], reason=reason, original=original)
        with pytest.raises(ConflictError, match="give the key"):
            Replay(sink, METERING).correct(dead_letter, request_line("a"), where="event.json")
        assert len(dead_letters_in(sink)) == 1

    def test_an_unfinished_dead_letter_is_refused(self, sink: MemorySink) -> None:
        meter_values(sink, [b"nonsense"])
        dead_letter = replace(dead_letters_in(sink)[0], is_unfinished=True)
        with pytest.raises(ConflictError, match="topic-id-1:0:0:1:0: is the last line of a file"):
            Replay(sink, METERING).correct(dead_letter, OLD, where="event.json")

    def test_a_corrected_text_whose_replay_crashed_is_counted_once(self) -> None:
        sink = DyingSink(99)
        meter_values(sink, [b"nonsense"])
        (dead_letter,) = dead_letters_in(sink)
        sink.tables_left = 4  # api usage, minutes, months, ledger
        with pytest.raises(ClickHouseUnavailable):
            Replay(sink, METERING).correct(dead_letter, request_line("a"), where="event.json")
        sink.tables_left = 99
        Replay(sink, METERING).correct(dead_letter, request_line("a", consumer="another"), where="event.json")
        assert [row["consumer_id"] for row in sink.rows(API_USAGE)] == ["con-1"]
        assert dead_letters_in(sink) == []


def test_metering_a_file_again_counts_nothing_twice(sink: MemorySink, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join([request_line("a"), OLD, b""]))
    meter_file(path, sink, SEALING, log_format="kong-log")
    replayed(sink)
    before = stored(sink)
    meter_file(path, sink, SEALING, log_format="kong-log")
    meter_file(path, sink, WIDE, log_format="kong-log")
    assert stored(sink) == before
    assert sink.rows(DEAD_LETTERS) == []
